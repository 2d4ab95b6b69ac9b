import { randomUUID } from "node:crypto";
import { keysUnder as fullKeysUnder } from "@redis-keyspace/scripts/clients";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as UpstashRedis } from "@upstash/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import type { RedisClient } from "redis-keyspace";
import { afterAll, inject } from "vitest";

export interface Connected {
  readonly client: RedisClient;
  close(): Promise<void> | void;
}

/** The clients that the adapter takes, each on the server at this address. */
export const clients: Readonly<Record<string, (url: string) => Promise<Connected>>> = {
  async "node-redis"(url) {
    const client = createClient({ url });
    client.on("error", () => {});
    await client.connect();
    return { client, close: () => client.destroy() };
  },
  async ioredis(url) {
    const client = new Redis(url);
    client.on("error", () => {});
    return { client, close: () => client.disconnect() };
  },
  async upstash(url) {
    const { client, server } = await upstash(url);
    return { client, close: () => server.close() };
  },
};

/** An `@upstash/redis` client on the REST API over this server. */
export async function upstash(url: string, options: { automaticDeserialization?: boolean } = {}) {
  const server = await startUpstashLocal({ redis: url, port: 0 });
  const client = new UpstashRedis({ url: server.url, token: server.token, retry: false, ...options });
  return { client, server };
}

/** A connection of this test file's own, to look behind the adapter with. */
export function inspect(url: string = inject("redisUrl")): Redis {
  const client = new Redis(url);
  client.on("error", () => {});
  afterAll(() => client.disconnect());
  return client;
}

/** What no other test's keys start with. */
export function uniquePrefix(): string {
  return `${randomUUID()}:`;
}

/** The keys that begin with a prefix, without it. */
export async function keysUnder(client: Redis, prefix: string): Promise<string[]> {
  return (await fullKeysUnder(client, prefix)).map((key) => key.slice(prefix.length));
}
