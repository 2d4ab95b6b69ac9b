import { randomUUID } from "node:crypto";
import {
  type Connected as ConnectedAs,
  ofEachKind,
  clients as redisClients,
  twoDatabases,
} from "@redis-keyspace/scripts/clients";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis as Upstash120 } from "@upstash/redis-1.20";
import { Redis } from "ioredis";
import type { StoreClient } from "redis-keyspace";
import { afterAll, inject } from "vitest";

export { keysUnder } from "@redis-keyspace/scripts/clients";

export type Connected = ConnectedAs<StoreClient>;

type Options = { url: string; token: string; retry: { retries: number } };

async function upstash<Client>(redis: string, make: (options: Options) => Client): Promise<ConnectedAs<Client>> {
  const { url, token, close } = await startUpstashLocal({ redis, port: 0 });
  return { client: make({ url, token, retry: { retries: 0 } }), close };
}

/** Every client and major, and two databases with a client each. */
export const clients: Readonly<Record<string, (url: string) => Promise<Connected>>> = ofEachKind({
  ...redisClients,
  "@upstash/redis 1.39": (url) => upstash(url, (options) => new Upstash(options)),
  "@upstash/redis 1.39, no deserialization": (url) =>
    upstash(url, (options) => new Upstash({ ...options, automaticDeserialization: false })),
  "@upstash/redis 1.20": (url) => upstash(url, (options) => new Upstash120(options)),
  "two databases": async (url) => twoDatabases(url),
});

export const upstashStreamClient = (url: string) => upstash(url, (options) => new Upstash(options));

/** A connection of this test file's own, to look behind the adapter with. */
export function inspect(db = 0): Redis {
  const client = new Redis(inject("redisUrl"), { db });
  afterAll(() => client.disconnect());
  return client;
}

/** Prefixes that no other test has, as Lucia 2's adapters take them. */
export function uniquePrefixes(): { session: string; userSessions: string } {
  const unique = randomUUID();
  return { session: `${unique}:s`, userSessions: `${unique}:u` };
}

type Methods = Record<string, (...args: never[]) => unknown>;

/** The same client with some methods replaced. Each is given the original method first. */
export function altered<Client extends object>(
  client: Client,
  replaced: Record<string, (original: (...args: unknown[]) => Promise<unknown>, ...args: unknown[]) => unknown>,
): Client {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const original = (value as Methods[string]).bind(target) as (...args: unknown[]) => Promise<unknown>;
      const replacement = typeof name === "string" ? replaced[name] : undefined;
      return replacement === undefined ? original : (...args: unknown[]) => replacement(original, ...args);
    },
  });
}
