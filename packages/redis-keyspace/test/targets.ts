import type { startCluster } from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { Cluster as Cluster5, Redis as Redis5 } from "ioredis-5";
import { createClient, createClientPool, createCluster } from "redis";
import { createClient as createClient4, createCluster as createCluster4 } from "redis-4";
import { createClient as createClient5, createCluster as createCluster5 } from "redis-5";
import type { StoreClient } from "redis-keyspace";
import type { MemoryDriver } from "redis-keyspace/memory";
import type { RawKeyspace } from "redis-keyspace/testing";
import { inject } from "vitest";

/** A client that is connected, and how to end it. */
export interface Connected {
  readonly client: StoreClient;
  close(): Promise<void> | void;
}

interface NodeRedis {
  on(event: "error", listener: () => void): unknown;
  connect(): Promise<unknown>;
}

async function connected<Client extends NodeRedis & StoreClient>(
  client: Client,
  close: (client: Client) => Promise<void> | void,
): Promise<Connected> {
  client.on("error", () => {});
  await client.connect();
  return { client, close: () => close(client) };
}

function ioredis<
  Client extends StoreClient & { on(event: "error", listener: () => void): unknown; disconnect(): void },
>(client: Client): Connected {
  client.on("error", () => {});
  return { client, close: () => client.disconnect() };
}

/** Every client and major, on one server. */
export const standaloneClients: Readonly<Record<string, (url: string) => Promise<Connected>>> = {
  "node-redis 6": (url) => connected(createClient({ url }), (client) => client.destroy()),
  "node-redis 6 pool": (url) => connected(createClientPool({ url }), (pool) => pool.destroy()),
  "node-redis 5": (url) => connected(createClient5({ url }), (client) => client.destroy()),
  "node-redis 4": (url) => connected(createClient4({ url }), (client) => client.disconnect()),
  "ioredis 6": async (url) => ioredis(new Redis(url)),
  "ioredis 5": async (url) => ioredis(new Redis5(url)),
};

export type TestCluster = Awaited<ReturnType<typeof startCluster>>;

/** Every client and major, on a Cluster. */
export const clusterClients: Readonly<Record<string, (cluster: TestCluster) => Promise<Connected>>> = {
  "node-redis 6": ({ rootNodes }) => connected(createCluster({ rootNodes }), (client) => client.destroy()),
  "node-redis 5": ({ rootNodes }) => connected(createCluster5({ rootNodes }), (client) => client.destroy()),
  "node-redis 4": ({ rootNodes }) => connected(createCluster4({ rootNodes }), (client) => client.disconnect()),
  "ioredis 6": async ({ nodes }) => ioredis(new Cluster(nodes)),
  "ioredis 5": async ({ nodes }) => ioredis(new Cluster5(nodes)),
};

/** A look behind the store. Keys are found by SCAN, on each of the servers. */
export function rawKeyspace(
  servers: readonly Redis[],
  router: Pick<Redis, "get" | "set" | "psetex" | "sadd" | "smembers" | "zrange" | "pttl"> = servers[0] as Redis,
): RawKeyspace {
  return {
    async keys(prefix) {
      const pattern = `${prefix.replace(/[\\*?[\]]/g, "\\$&")}*`;
      const found = new Set<string>();
      for (const server of servers) {
        let cursor = "0";
        do {
          const [next, keys] = await server.scan(cursor, "MATCH", pattern, "COUNT", "10000");
          for (const key of keys) found.add(key);
          cursor = next;
        } while (cursor !== "0");
      }
      return [...found].sort();
    },
    get: (key) => router.get(key),
    async set(key, value, ttlMs) {
      await (ttlMs === undefined ? router.set(key, value) : router.psetex(key, ttlMs, value));
    },
    async addToSet(key, member) {
      await router.sadd(key, member);
    },
    members: (key) => router.smembers(key),
    async scores(key) {
      const flat = await router.zrange(key, "0", "-1", "WITHSCORES");
      return flat.flatMap((member, i): [string, number][] => (i % 2 === 0 ? [[member, Number(flat[i + 1])]] : []));
    },
    ttl: (key) => router.pttl(key),
  };
}

export function rawMemory({ keyspace }: MemoryDriver): RawKeyspace {
  return {
    keys: async (prefix) =>
      keyspace
        .keys()
        .filter((key) => key.startsWith(prefix))
        .sort(),
    get: async (key) => keyspace.get(key),
    set: async (key, value, ttlMs) =>
      keyspace.set(key, value, ttlMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + ttlMs),
    addToSet: async (key, member) => keyspace.add(key, member),
    members: async (key) => keyspace.members(key),
    scores: async (key) => keyspace.ranked(key),
    ttl: async (key) => keyspace.ttl(key),
  };
}

/** The server that all test files share. */
export function sharedRedis(): string {
  return inject("redisUrl");
}
