import { randomUUID } from "node:crypto";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis as Upstash120 } from "@upstash/redis-1.20";
import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis-5";
import { createClient } from "redis";
import { createClient as createClient4 } from "redis-4";
import { createClient as createClient5 } from "redis-5";
import type { StoreClient } from "redis-keyspace";
import { memoryDriver } from "redis-keyspace/memory";
import { afterAll, inject } from "vitest";

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

/** Every client and major that speaks with Redis. */
export const redisClients: Readonly<Record<string, (url: string) => Promise<Connected>>> = {
  "node-redis 4": (url) => connected(createClient4({ url }), (client) => client.disconnect()),
  "node-redis 5": (url) => connected(createClient5({ url }), (client) => client.destroy()),
  "node-redis 6": (url) => connected(createClient({ url }), (client) => client.destroy()),
  "ioredis 5": async (url) => ioredis(new Redis5(url)),
  "ioredis 6": async (url) => ioredis(new Redis(url)),
  "two databases": async (url) => {
    const [session, userSessions] = [new Redis(url, { db: 0 }), new Redis(url, { db: 1 })];
    for (const client of [session, userSessions]) client.on("error", () => {});
    return {
      client: { session, userSessions },
      close() {
        session.disconnect();
        userSessions.disconnect();
      },
    };
  },
};

async function upstash(
  url: string,
  client: (endpoint: { readonly url: string; readonly token: string }) => StoreClient,
): Promise<Connected> {
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

/** A connection of this test file's own, to look behind a store with. */
export function inspect(): Redis {
  const client = new Redis(inject("redisUrl"));
  afterAll(() => client.disconnect());
  return client;
}

/** A prefix that no other test has. */
export const unique = (): string => randomUUID();

export async function keysUnder(client: Redis, prefix: string): Promise<string[]> {
  const keys = new Set<string>();
  for await (const page of client.scanStream({ match: `${prefix}*`, count: 1000 })) {
    for (const key of page as string[]) keys.add(key);
  }
  return [...keys].sort();
}
