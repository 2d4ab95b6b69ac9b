import { randomBytes, randomUUID } from "node:crypto";
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
  return `test-${randomUUID()}`;
}

/** A store on keys that no other test has, if no prefix is given. */
export function openStore(options: RedisStoreOptions) {
  const { prefix = uniquePrefix() } = options;
  return { store: new RedisStore({ ...options, prefix }), prefix, key: (id = "") => `${prefix}-${id}` };
}

/** The values of a session that is there. */
export async function load(store: RedisStore, id: string): Promise<Record<string, unknown>> {
  const values = await store.get(id);
  if (values === null) throw new Error("it is not there");
  return values;
}

/** An id as `@curveball/session-redis` makes it. */
export function legacyId(): string {
  return randomBytes(32).toString("base64");
}

/** So many seconds from now, as the middleware counts. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** Without the keys of operations, under which scripts remember for ten seconds what they have done. */
export async function keysUnder(client: Redis, pattern: string): Promise<string[]> {
  const keys = new Set<string>();
  for await (const page of client.scanStream({ match: pattern, count: 1000 })) {
    for (const key of page as string[]) keys.add(key);
  }
  return [...keys].filter((key) => !isOperationKey(key)).sort();
}

/** The same client, which notes each command it sends; and something can happen after one is answered. */
export function watched(client: Redis): { client: Redis; sent: string[]; after: Map<string, () => Promise<unknown>> } {
  const sent: string[] = [];
  const after = new Map<string, () => Promise<unknown>>();
  const commands = new Set(["get", "mget", "evalsha", "eval", "call", "pipeline", "scan"]);
  const proxy = new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const method = (value as (...args: unknown[]) => Promise<unknown>).bind(target);
      if (typeof name !== "string" || !commands.has(name)) return method;
      return async (...args: unknown[]) => {
        sent.push(name);
        const reply = await method(...args);
        await after.get(name)?.();
        return reply;
      };
    },
  });
  return { client: proxy, sent, after };
}
