import { randomUUID } from "node:crypto";
import { isOperationKey } from "@redis-keyspace/scripts/clients";
import { Redis } from "ioredis";
import { afterAll, inject } from "vitest";
import { type RedisStorageOptions, redisStorage } from "../../src/index.js";

/** A connection of this test file's own, to look behind the storage with. */
export function inspect(): Redis {
  const client = new Redis(inject("redisUrl"));
  afterAll(() => client.disconnect());
  return client;
}

/** A prefix that no other test has. */
export function uniquePrefix(): string {
  return `test-${randomUUID()}:`;
}

/** A storage on keys that no other test has, if no prefix is given. */
export function openStorage(options: RedisStorageOptions) {
  const { keyPrefix = uniquePrefix() } = options;
  const storage = redisStorage({ ...options, keyPrefix });
  return { storage, keyPrefix, key: (name = "") => `${keyPrefix}${name}` };
}

/** Without the keys of operations, under which scripts remember for ten seconds what they have done. */
export async function keysUnder(client: Redis, pattern: string): Promise<string[]> {
  const keys = new Set<string>();
  for await (const page of client.scanStream({ match: pattern, count: 1000 })) {
    for (const key of page as string[]) keys.add(key);
  }
  return [...keys].filter((key) => !isOperationKey(key)).sort();
}
