import type { Source, SourceListener } from "../source.js";
import { type Asked, AskingSource, type Connection } from "./asking.js";
import { type Emitter, listenTo } from "./events.js";

/** The part of an ioredis client (5 or 6; `Redis`, with Sentinel or without) that a stream uses. */
export interface IoRedisStreamClient extends Emitter {
  readonly isCluster: boolean;
  readonly status: string;
  readonly options: { readonly protocol?: number };
  call(command: string, ...args: string[]): Promise<unknown>;
  connect(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  subscribe(...channels: string[]): Promise<unknown>;
  unsubscribe(...channels: string[]): Promise<unknown>;
}

/** Where Redis names the keys to a connection of RESP2. */
const INVALIDATE = "__redis__:invalidate";

/** On a client of RESP2 (ioredis 5; 6 with `protocol: 2`) it hears of writes, on one of RESP3 of messages. */
export function ioRedisSource(client: IoRedisStreamClient, listener: SourceListener): Source {
  return new AskingSource(listener, (source) => connection(client, listener, source));
}

function connection(client: IoRedisStreamClient, listener: SourceListener, source: AskingSource): Connection {
  // ioredis throws away what RESP3 says of keys.
  const tracking = client.options.protocol !== 3;
  const lost = (cause?: unknown): void => source.lost(cause);
  const stopListening = listenTo(client, {
    ready: () => source.ask(),
    error: lost,
    close: () => lost(),
    // The event with strings would join the keys by commas.
    messageBuffer: (channel: unknown, content: unknown) => {
      const name = String(channel);
      if (name !== INVALIDATE) listener.onMessage(name, String(content));
      else if (!Array.isArray(content)) listener.onWrite(null);
      else for (const key of content) listener.onWrite(String(key));
    },
  });
  return {
    kind: tracking ? "tracking" : "messages",
    isReady() {
      if (client.status === "wait") client.connect().catch(lost);
      return client.status === "ready";
    },
    ask: (asked) => (tracking ? track(client, asked) : client.subscribe(...asked.channels)),
    renew: () => client.disconnect(true),
    async leave() {
      stopListening();
      await client.unsubscribe();
      if (tracking) await client.call("client", "TRACKING", "OFF");
    },
  };
}

/** A subscribed connection of RESP2 may do nothing but subscribe, and ioredis subscribes again before it is ready. */
async function track(client: IoRedisStreamClient, { channels, prefixes, isOver }: Asked): Promise<void> {
  await client.unsubscribe();
  if (isOver()) return;
  const id = String(await client.call("client", "ID"));
  if (isOver()) return;
  await Promise.all([
    client.call("client", "TRACKING", "OFF"),
    client.call("client", "TRACKING", "ON", "REDIRECT", id, "BCAST", ...prefixes.flatMap((one) => ["PREFIX", one])),
  ]);
  if (!isOver()) await client.subscribe(INVALIDATE, ...channels);
}
