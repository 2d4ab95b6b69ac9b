import {
  type Connected as ConnectedAs,
  clients,
  ioredis,
  nodeRedis,
  ofEachKind,
} from "@redis-keyspace/scripts/clients";
import type { startCluster } from "@redis-keyspace/scripts/servers";
import { Cluster } from "ioredis";
import { Cluster as Cluster5 } from "ioredis-5";
import ioredis50 from "ioredis-5.0";
import { createClientPool, createCluster } from "redis";
import { createCluster as createCluster4 } from "redis-4";
import { createClient as createClient46, createCluster as createCluster46 } from "redis-4.6";
import { createCluster as createCluster5 } from "redis-5";
import { createClient as createClient50 } from "redis-5.0";
import { createClient as createClient60 } from "redis-6.0";
import type { StoreClient } from "redis-keyspace";
import { inject } from "vitest";

type Connected = ConnectedAs<StoreClient>;

/** Every client and major, and the oldest of each, on one server. */
export const standaloneClients: Readonly<Record<string, (url: string) => Promise<Connected>>> = ofEachKind({
  ...clients,
  "node-redis 6.0": (url) => nodeRedis(createClient60({ url }), (client) => client.destroy()),
  "node-redis 5.0": (url) => nodeRedis(createClient50({ url }), (client) => client.destroy()),
  "node-redis 4.6": (url) => nodeRedis(createClient46({ url }), (client) => client.disconnect()),
  "ioredis 5.0": async (url) => ioredis(new ioredis50.default(url)),
  "node-redis 6 pool": (url) => nodeRedis(createClientPool({ url }), (pool) => pool.destroy()),
});

export type TestCluster = Awaited<ReturnType<typeof startCluster>>;

/** Every client and major, and the oldest, on a Cluster. */
export const clusterClients: Readonly<Record<string, (cluster: TestCluster) => Promise<Connected>>> = {
  "node-redis 6": ({ rootNodes }) => nodeRedis(createCluster({ rootNodes }), (client) => client.destroy()),
  "node-redis 5": ({ rootNodes }) => nodeRedis(createCluster5({ rootNodes }), (client) => client.destroy()),
  "node-redis 4": ({ rootNodes }) => nodeRedis(createCluster4({ rootNodes }), (client) => client.disconnect()),
  "node-redis 4.6": ({ rootNodes }) => nodeRedis(createCluster46({ rootNodes }), (client) => client.disconnect()),
  "ioredis 5.0": async ({ nodes }) => ioredis(new ioredis50.Cluster(nodes)),
  "ioredis 6": async ({ nodes }) => ioredis(new Cluster(nodes)),
  "ioredis 5": async ({ nodes }) => ioredis(new Cluster5(nodes)),
};

/** The server that all test files share. */
export function sharedRedis(): string {
  return inject("redisUrl");
}
