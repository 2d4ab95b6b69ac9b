import type { Source, SourceListener } from "../source.js";
import { type Asked, AskingSource, type Connection } from "./asking.js";
import { type Emitter, listenTo } from "./events.js";
import { onOneNode } from "./one-node.js";

/** The part of an ioredis client (5 or 6; `Redis`, with Sentinel or without, or `Cluster`) that a stream uses. */
export interface IoRedisStreamClient extends Emitter {
  readonly isCluster: boolean;
  readonly status: string;
  connect(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  call(command: string, ...args: string[]): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  unsubscribe(...channels: string[]): Promise<unknown>;
}

interface Extras extends IoRedisStreamClient {
  readonly options?: { readonly protocol?: number };
  /** A Cluster has it. */
  nodes?(role: "master"): readonly Extras[];
}

/** Where Redis names the keys to a connection of RESP2. */
const INVALIDATE = "__redis__:invalidate";

/** On a `Redis` of RESP2 (ioredis 5; 6 with `protocol: 2`) it hears of writes, on one of RESP3 and on a Cluster of messages. */
export function ioRedisSource(client: IoRedisStreamClient, listener: SourceListener): Source {
  const given: Extras = client;
  return new AskingSource(listener, (source) => {
    if (given.isCluster) return toCluster(given, listener, source);
    // ioredis throws away what RESP3 says of keys.
    return toServer(given, given.options?.protocol !== 3, listener, source);
  });
}

function toServer(client: Extras, tracking: boolean, listener: SourceListener, source: AskingSource): Connection {
  const lost = (cause?: unknown): void => source.lost(cause);
  const stopListening = listenTo(client, {
    ready: () => source.ready(),
    error: lost,
    close: () => lost(),
    end: () => lost(),
    // The event with strings would join the keys by commas.
    messageBuffer(channel, content) {
      const name = String(channel);
      if (name !== INVALIDATE) listener.onMessage(name, String(content));
      else if (!Array.isArray(content)) listener.onWrite(null);
      else for (const key of content) listener.onWrite(String(key));
    },
  });
  return {
    kind: tracking ? "tracking" : "messages",
    state: () => stateOf(client),
    ask: (asked) => (tracking ? track(client, asked) : client.subscribe(...asked.channels)),
    renew: () => client.disconnect(true),
    async leave() {
      stopListening();
      // A command would connect it.
      if (client.status === "wait") return;
      await client.unsubscribe();
      if (tracking) await client.call("client", "TRACKING", "OFF");
    },
  };
}

/** A subscribed connection of RESP2 may do nothing but subscribe, and ioredis subscribes again before it is ready. */
async function track(client: Extras, { channels, prefixes, isOver }: Asked): Promise<void> {
  await client.unsubscribe();
  if (isOver()) return;
  const id = String(await client.call("client", "ID"));
  if (isOver()) return;
  const filter = prefixes.flatMap((prefix) => ["PREFIX", prefix]);
  await Promise.all([
    client.call("client", "TRACKING", "OFF"),
    client.call("client", "TRACKING", "ON", "REDIRECT", id, "BCAST", ...filter),
  ]);
  if (!isOver()) await client.subscribe(INVALIDATE, ...channels);
}

function toCluster(cluster: Extras, listener: SourceListener, source: AskingSource): Connection {
  return onOneNode<Extras>({
    state: () => stateOf(cluster),
    nodes: () => (cluster.nodes?.("master") ?? []).map((node) => () => node),
    // A node's client connects when it is used first, and does so once.
    connectionTo: (node) => ({
      ...toServer(node, false, listener, source),
      state: () => (node.status === "end" ? "closed" : "ready"),
    }),
    stopListening: listenTo(cluster, { ready: () => source.askAnew(), error: () => {} }),
  });
}

function stateOf(client: Extras): ReturnType<Connection["state"]> {
  if (client.status === "wait") client.connect().catch(() => {});
  return client.status === "ready" ? "ready" : client.status === "end" ? "closed" : "connecting";
}
