import { randomUUID } from "node:crypto";
import { type Connected as ConnectedAs, clients as onServer, twoDatabases } from "@redis-keyspace/scripts/clients";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis as Upstash120 } from "@upstash/redis-1.20";
import { Redis } from "ioredis";
import type { StoreClient } from "redis-keyspace";
import { memoryDriver } from "redis-keyspace/memory";
import { afterAll, inject } from "vitest";

export { keysUnder } from "@redis-keyspace/scripts/clients";

export type Connected = ConnectedAs<StoreClient>;

/** Every client and major that speaks with Redis. */
export const redisClients: Readonly<Record<string, (url: string) => Promise<Connected>>> = {
  ...onServer,
  "two databases": async (url) => twoDatabases(url),
};

async function upstash<Client>(
  url: string,
  client: (endpoint: { readonly url: string; readonly token: string }) => Client,
): Promise<ConnectedAs<Client>> {
  const endpoint = await startUpstashLocal({ redis: url, port: 0 });
  return { client: client(endpoint), close: () => endpoint.close() };
}

/** The same, clients of Upstash, and the driver for tests and demos without a Redis. */
export const clients: typeof redisClients = {
  ...redisClients,
  "@upstash/redis 1.39": (url) => upstash(url, (endpoint) => new Upstash(endpoint)),
  "@upstash/redis 1.20": (url) => upstash(url, (endpoint) => new Upstash120(endpoint)),
  memory: async () => ({ client: memoryDriver(), close() {} }),
};

export const upstashStreamClient = (url: string) => upstash(url, (endpoint) => new Upstash(endpoint));

/** A connection of this test file's own, to look behind a store with. */
export function inspect(): Redis {
  const client = new Redis(inject("redisUrl"));
  afterAll(() => client.disconnect());
  return client;
}

/** The same for a module that several test files of one process load once: it ends with the process. */
export const inspectShared = (): Redis => new Redis(inject("redisUrl"));

/** A prefix that no other test has. */
export const unique = (): string => randomUUID();
