import type { Source, SourceListener } from "../source.js";
import { type Asked, AskingSource, type Connection } from "./asking.js";
import { type Emitter, listenTo } from "./events.js";

type OnMessage = (text: string, channel: string) => unknown;

/** The part of a node-redis client (4.6 to 6) that a stream uses. */
export interface NodeRedisStreamClient extends Emitter {
  subscribe(channels: string[], listener: OnMessage): Promise<unknown>;
  unsubscribe(channels: string[], listener: OnMessage): Promise<unknown>;
}

/** Only a plain client has them. */
interface PlainClient extends NodeRedisStreamClient {
  readonly isReady: boolean;
  readonly options?: { readonly emitInvalidate?: boolean };
  sendCommand(command: string[]): Promise<unknown>;
  connect(): Promise<unknown>;
  destroy?(): void;
  disconnect(): Promise<unknown>;
  /** From 5.9 on, as is what `emitInvalidate` does. */
  readonly _ejectSocket?: unknown;
}

/** On a client with `RESP: 3` and `emitInvalidate: true` (from 5.9 on) it hears of writes, on others of messages. */
export function nodeRedisSource(client: NodeRedisStreamClient, listener: SourceListener): Source {
  return new AskingSource(listener, (source) => connection(client as PlainClient, listener, source));
}

function connection(client: PlainClient, listener: SourceListener, source: AskingSource): Connection {
  const tracking = client.options?.emitInvalidate === true && client._ejectSocket !== undefined;
  const onMessage: OnMessage = (text, channel) => listener.onMessage(channel, text);
  const lost = (cause?: unknown): void => {
    source.lost(cause);
    // An error need not end the connection, and 4.6 says that it is reconnecting when it has done so.
    if (client.isReady) source.ask();
  };
  const stopListening = listenTo(client, {
    // What was subscribed is subscribed again by now.
    ready: () => source.ask(),
    error: lost,
    reconnecting: () => lost(),
    end: () => lost(),
    ...(tracking && { invalidate: (key: unknown) => listener.onWrite(key === null ? null : String(key)) }),
  });
  return {
    kind: tracking ? "tracking" : "messages",
    isReady: () => client.isReady,
    async ask({ channels, prefixes, anew }: Asked) {
      if (anew) await client.unsubscribe([...channels], onMessage);
      const heard = [client.subscribe([...channels], onMessage)];
      if (tracking) {
        heard.push(client.sendCommand(["CLIENT", "TRACKING", "OFF"]));
        heard.push(
          client.sendCommand(["CLIENT", "TRACKING", "ON", "BCAST", ...prefixes.flatMap((one) => ["PREFIX", one])]),
        );
      }
      await Promise.all(heard);
    },
    renew() {
      if (client.destroy === undefined) client.disconnect().catch(lost);
      else client.destroy();
      client.connect().catch(lost);
    },
    async leave(channels) {
      stopListening();
      const left = [client.unsubscribe([...channels], onMessage)];
      if (tracking) left.push(client.sendCommand(["CLIENT", "TRACKING", "OFF"]));
      await Promise.allSettled(left);
    },
  };
}
