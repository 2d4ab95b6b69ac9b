import type { StoreClient } from "redis-keyspace";
import { type RecordStore, type UserSessions, userSessions } from "redis-keyspace/adapter";
import type { LuciaErrorConstructor, LuciaSession, LuciaSessionAdapter } from "./lucia-types.js";
import { openStore, openStoreWith, type RedisLuciaOptions, type RedisOptions, type RedisPrefixes } from "./options.js";
import { toAdapter } from "./session-adapter.js";

export interface RedisLucia<Session extends LuciaSession = LuciaSession> {
  /** For Lucia, beside an adapter for users. */
  readonly adapter: (LuciaError: LuciaErrorConstructor) => LuciaSessionAdapter;
  /**
   * The devices of a user. `current`, `except` and what `watch` takes are session ids. With `hashIds` a session's `id` is
   * its handle.
   */
  readonly sessions: UserSessions<Session>;
}

/**
 * The session adapter for Lucia 2, and the devices of its users.
 *
 * @param client A node-redis, ioredis or `@upstash/redis` client, or `{ session, userSessions }` with one for each.
 *   Connecting and closing it is the caller's.
 * @throws {TypeError} naming the option that is wrong.
 *
 * @example
 * const { adapter, sessions } = redisLucia(client, { maxSessionsPerUser: 5 });
 * export const auth = lucia({ adapter: { user: prisma(db), session: adapter }, env: "PROD" });
 */
export function redisLucia<Session extends LuciaSession = LuciaSession>(
  client: StoreClient,
  options: RedisLuciaOptions = {},
): RedisLucia<Session> {
  const store = openStore(client, options);
  return { adapter: toAdapter(store), sessions: devices(store) };
}

/** The adapter by itself, with the parameters of `@lucia-auth/adapter-session-redis`. */
export function redis(
  client: StoreClient,
  prefixes: RedisPrefixes = {},
  options: RedisOptions = {},
): (LuciaError: LuciaErrorConstructor) => LuciaSessionAdapter {
  return toAdapter(openStoreWith(client, prefixes, options));
}

function devices<Session extends LuciaSession>(store: RecordStore<LuciaSession>): UserSessions<Session> {
  return userSessions(store, { userId: (id) => id, session: (record) => record as Session });
}
