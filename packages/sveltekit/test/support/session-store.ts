// The store on keys of its own.
import type { StoreClient } from "redis-keyspace";
import { RedisSessionStore, type RedisSessionStoreOptions } from "../../src/index.js";
import { unique } from "./clients.js";
import { secret } from "./secrets.js";

export interface Data extends Record<string, unknown> {
  email: string;
  visits?: number;
}

export const ada: Data = { email: "ada@example.com" };

export function storeOn(client: StoreClient, options: Partial<RedisSessionStoreOptions<Data>> = {}) {
  const prefix = unique();
  const store = new RedisSessionStore<Data>({
    redisClient: client,
    secret,
    prefix: `${prefix}:s:`,
    userSessionsPrefix: `${prefix}:u:`,
    ...options,
  });
  return { store, prefix };
}
