import { isIoRedis } from "../../redis/ioredis.js";
import { isNotThereYet } from "../../redis/lazy-driver.js";
import { isNodeRedis } from "../../redis/node-redis.js";
import { isUpstash } from "../../redis/upstash.js";
import type { Source, SourceListener } from "../source.js";
import { type IoRedisStreamClient, ioRedisSource } from "./ioredis.js";
import { type NodeRedisStreamClient, nodeRedisSource } from "./node-redis.js";
import { type UpstashStreamClient, upstashSource } from "./upstash.js";

/** A client of its own for a stream, connected: of node-redis (no pool), ioredis or `@upstash/redis` (from 1.34.5 on). */
export type StreamClient = NodeRedisStreamClient | IoRedisStreamClient | UpstashStreamClient;

/** What tells kinds of client, and their states, apart. */
interface Traits {
  readonly subscribe?: unknown;
  /** Of ioredis. */
  readonly isPipeline?: boolean;
  readonly mode?: string;
  /** Of node-redis. */
  readonly execAsPipeline?: unknown;
  readonly isPubSubActive?: boolean;
  readonly options?: { readonly legacyMode?: boolean };
  readonly isOpen?: boolean;
  readonly connect?: unknown;
}

/** Two streams would end each other's subscriptions. */
const inUse = new WeakSet<object>();

/**
 * Hears through a client, known by its shape.
 *
 * @throws {TypeError} for what is no such client, cannot subscribe, or is subscribed to something already.
 */
export function openSource(client: StreamClient, listener: SourceListener): Source {
  if (isNotThereYet(client)) throw refused("there when the stream is opened");
  const traits = (client ?? {}) as Traits;
  if (traits.isPipeline === true || traits.execAsPipeline !== undefined) throw refused("a client and not its multi()");
  const open = opener(client, traits);
  if (inUse.has(client)) throw refused("a client of its own, not one that another stream has");
  const source = open(listener);
  inUse.add(client);
  return {
    kind: source.kind,
    add: (channel, prefix) => source.add(channel, prefix),
    retry: () => source.retry(),
    async close() {
      await source.close();
      inUse.delete(client);
    },
  };
}

function opener(client: StreamClient, traits: Traits): (listener: SourceListener) => Source {
  const { subscribe, mode, connect, isPubSubActive } = traits;
  const subscribes = typeof subscribe === "function";
  if (isIoRedis(client)) {
    if (mode === "subscriber" || mode === "monitor") throw refused(`a client of its own, not one in ${mode} mode`);
    return (listener) => ioRedisSource(client as IoRedisStreamClient, listener);
  }
  if (isNodeRedis(client)) {
    if (traits.options?.legacyMode === true)
      throw refused("no legacy client of node-redis: that one answers with callbacks");
    if (!subscribes || typeof connect !== "function")
      throw refused("a node-redis client, Sentinel or Cluster, and no pool");
    if (isPubSubActive === true) throw refused("a client of its own, not one in subscriber mode");
    return (listener) => nodeRedisSource(client as NodeRedisStreamClient, listener);
  }
  if (isUpstash(client)) {
    if (!subscribes) throw refused("of @upstash/redis 1.34.5 or later: earlier ones cannot subscribe");
    return (listener) => upstashSource(client as UpstashStreamClient, listener);
  }
  throw refused("a node-redis, ioredis or @upstash/redis client");
}

function refused(what: string): TypeError {
  return new TypeError(`option "client" must be ${what}`);
}
