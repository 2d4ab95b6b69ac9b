import type { Source, SourceListener } from "../source.js";
import { AskingSource, type Connection } from "./asking.js";
import { type Emitter, listenTo } from "./events.js";
import { onOneNode } from "./one-node.js";

type OnMessage = (text: unknown, channel: unknown) => unknown;

interface Subscriber extends Emitter {
  subscribe(channels: string[], listener: OnMessage): Promise<unknown>;
  unsubscribe(channels: string[], listener: OnMessage): Promise<unknown>;
}

/** The part of a node-redis client (4.6 to 6; client, Sentinel client or Cluster client) that a stream uses. */
export interface NodeRedisStreamClient extends Subscriber {
  connect(): Promise<unknown>;
}

interface Extras extends NodeRedisStreamClient {
  readonly isOpen?: boolean;
  /** A client and a Sentinel client have it. */
  readonly isReady?: boolean;
  readonly options?: { readonly emitInvalidate?: boolean };
  /** From 5.9 on, as is what `emitInvalidate` does. */
  readonly _ejectSocket?: unknown;
  /** A Sentinel client has it. */
  readonly getSentinelNode?: unknown;
  /** A Cluster client has them. */
  readonly masters?: readonly unknown[];
  nodeClient?(node: unknown): Extras | Promise<Extras>;
  sendCommand(command: string[]): Promise<unknown>;
  /** From 5 on. */
  destroy?(): unknown;
  disconnect(): Promise<unknown>;
}

/** On a client with `RESP: 3` and `emitInvalidate: true` (from 5.9 on) it hears of writes, on all others of messages. */
export function nodeRedisSource(client: NodeRedisStreamClient, listener: SourceListener): Source {
  const given = client as Extras;
  return new AskingSource(listener, (source) => {
    if (given.nodeClient !== undefined) return toCluster(given, listener, source);
    if (given.getSentinelNode !== undefined) return toSentinel(given, listener, source);
    const tracking = given.options?.emitInvalidate === true && given._ejectSocket !== undefined;
    return toServer(given, tracking, listener, source);
  });
}

function toServer(client: Extras, tracking: boolean, listener: SourceListener, source: AskingSource): Connection {
  const subscription = subscribeBy(client, listener);
  const lost = (cause?: unknown): void => {
    source.lost(cause);
    // An error need not end the connection, and 4.6 says that it is reconnecting when it has done so.
    if (client.isReady) source.ask();
  };
  const stopListening = listenTo(client, {
    // What was subscribed is subscribed again by now.
    ready: () => source.ready(),
    error: lost,
    reconnecting: () => lost(),
    end: () => lost(),
    ...(tracking && { invalidate: (key: unknown) => listener.onWrite(key === null ? null : String(key)) }),
  });
  return {
    kind: tracking ? "tracking" : "messages",
    state: () => stateOf(client),
    async ask({ channels, prefixes, anew, isOver }) {
      if (anew) await subscription.end(channels);
      if (isOver()) return;
      const heard = [subscription.begin(channels)];
      if (tracking) {
        const filter = prefixes.flatMap((prefix) => ["PREFIX", prefix]);
        heard.push(client.sendCommand(["CLIENT", "TRACKING", "OFF"]));
        heard.push(client.sendCommand(["CLIENT", "TRACKING", "ON", "BCAST", ...filter]));
      }
      await Promise.all(heard);
    },
    renew: () => connectAgain(client, source),
    async leave(channels) {
      stopListening();
      const left = [subscription.end(channels)];
      if (tracking) left.push(client.sendCommand(["CLIENT", "TRACKING", "OFF"]));
      await Promise.allSettled(left);
    },
  };
}

/** A Sentinel client does not say when the connection that it subscribes with is there again: it has to be asked anew. */
function toSentinel(client: Extras, listener: SourceListener, source: AskingSource): Connection {
  const subscription = subscribeBy(client, listener);
  const lost = (cause?: unknown): void => source.lost(cause);
  const stopListening = listenTo(client, {
    ready: () => source.askAnew(),
    error(cause) {
      // With `passthroughClientErrorEvents` there are also those of connections that nothing is heard through.
      if (!/^(Sentinel|Master|Replica) Client /.test((cause as Partial<Error> | null)?.message ?? "")) lost(cause);
    },
    "topology-change"(event) {
      if ((event as { readonly type: string }).type !== "MASTER_CHANGE") return;
      lost();
      source.ask();
    },
    end: () => lost(),
  });
  return {
    kind: "messages",
    state: () => stateOf(client),
    async ask({ channels, anew, isOver }) {
      if (anew) await subscription.end(channels);
      if (!isOver()) await subscription.begin(channels);
    },
    renew: () => connectAgain(client, source),
    async leave(channels) {
      stopListening();
      await subscription.end(channels);
    },
  };
}

function toCluster(cluster: Extras, listener: SourceListener, source: AskingSource): Connection {
  return onOneNode<Extras>({
    state: () => (cluster.isOpen === false ? "closed" : cluster.masters?.length === 0 ? "connecting" : "ready"),
    nodes: () => (cluster.masters ?? []).map((node) => () => cluster.nodeClient?.(node) as Extras | Promise<Extras>),
    connectionTo: (node) => toServer(node, false, listener, source),
    renew: () => connectAgain(cluster, source),
    stopListening: listenTo(cluster, { connect: () => source.ask(), error: () => {} }),
  });
}

/** What a listener of its own hears, until it ends. */
function subscribeBy(client: Subscriber, listener: SourceListener) {
  let isOver = false;
  const onMessage: OnMessage = (text, channel) => {
    if (!isOver) listener.onMessage(String(channel), String(text));
  };
  return {
    begin: async (channels: readonly string[]): Promise<unknown> => {
      isOver = false;
      return client.subscribe([...channels], onMessage);
    },
    end: async (channels: readonly string[]): Promise<unknown> => {
      isOver = true;
      return client.unsubscribe([...channels], onMessage);
    },
  };
}

function stateOf({ isOpen, isReady }: Extras): ReturnType<Connection["state"]> {
  return isReady === true ? "ready" : isOpen === true ? "connecting" : "closed";
}

function connectAgain(client: Extras, source: AskingSource): void {
  const connected = async (): Promise<void> => {
    if (client.destroy === undefined) await client.disconnect();
    else await client.destroy();
    await client.connect();
    source.ready();
  };
  connected().catch((cause: unknown) => source.lost(cause));
}
