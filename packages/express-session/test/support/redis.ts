import { randomUUID } from "node:crypto";
import { isOperationKey } from "@redis-keyspace/scripts/clients";
import { Redis } from "ioredis";
import { afterAll, inject } from "vitest";
import { RedisStore, type RedisStoreOptions } from "../../src/index.js";

/** A connection of this test file's own, to look behind the store with. */
export function inspect(): Redis {
  const client = new Redis(inject("redisUrl"));
  afterAll(() => client.disconnect());
  return client;
}

/** A prefix that no other test has. */
export function uniquePrefix(): string {
  return `test-${randomUUID()}:`;
}

export const userIdFrom = ({ userId }: { readonly userId?: string }): string | undefined => userId;

/** A store on keys that no other test has, if no prefix is given. */
export function openStore(options: RedisStoreOptions) {
  const { prefix = uniquePrefix() } = options;
  const store = new RedisStore({ userIdFrom, ...options, prefix });
  return { store, prefix, key: (id = "") => `${prefix}${id}` };
}

/** Without the keys of operations, under which scripts remember for ten seconds what they have done. */
export async function keysUnder(client: Redis, pattern: string): Promise<string[]> {
  const keys = new Set<string>();
  for await (const page of client.scanStream({ match: pattern, count: 1000 })) {
    for (const key of page as string[]) keys.add(key);
  }
  return [...keys].filter((key) => !isOperationKey(key)).sort();
}

/** The same client, which notes each command it sends. */
export function watched(client: Redis): { client: Redis; sent: string[] } {
  const sent: string[] = [];
  const commands = new Set(["get", "mget", "evalsha", "eval", "call", "pipeline", "scan"]);
  const proxy = new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const method = (value as (...args: unknown[]) => Promise<unknown>).bind(target);
      if (typeof name !== "string" || !commands.has(name)) return method;
      return (...args: unknown[]) => {
        sent.push(name);
        return method(...args);
      };
    },
  });
  return { client: proxy, sent };
}
