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
import { afterAll, inject } from "vitest";

export interface Connected {
  readonly client: StoreClient;
  close(): Promise<void> | void;
}

type Connect = (url: string) => Promise<Connected>;

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

type Options = { url: string; token: string; retry: { retries: number } };

async function upstash(redis: string, make: (options: Options) => StoreClient): Promise<Connected> {
  const { url, token, close } = await startUpstashLocal({ redis, port: 0 });
  return { client: make({ url, token, retry: { retries: 0 } }), close };
}

/** Every client and major, and two databases with a client each. */
export const clients: Readonly<Record<string, Connect>> = {
  "node-redis 4": (url) => connected(createClient4({ url }), (client) => client.disconnect()),
  "node-redis 5": (url) => connected(createClient5({ url }), (client) => client.destroy()),
  "node-redis 6": (url) => connected(createClient({ url }), (client) => client.destroy()),
  "ioredis 5": async (url) => ioredis(new Redis5(url)),
  "ioredis 6": async (url) => ioredis(new Redis(url)),
  "@upstash/redis 1.39": (url) => upstash(url, (options) => new Upstash(options)),
  "@upstash/redis 1.39, no deserialization": (url) =>
    upstash(url, (options) => new Upstash({ ...options, automaticDeserialization: false })),
  "@upstash/redis 1.20": (url) => upstash(url, (options) => new Upstash120(options)),
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

export async function keysUnder(client: Redis, prefix: string): Promise<string[]> {
  const keys = new Set<string>();
  for await (const page of client.scanStream({ match: `${prefix}*`, count: 1000 })) {
    for (const key of page as string[]) keys.add(key);
  }
  return [...keys].sort();
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
