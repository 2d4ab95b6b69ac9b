import type { RedisClient } from "redis-keyspace";
import { type UserSessions, userSessions } from "redis-keyspace/adapter";
import { toAdapter } from "./adapter.js";
import { type AuthStore, openStore, type RedisAdapterOptions } from "./options.js";
import type { RedisAuthAdapter, RedisSession } from "./types.js";

export interface RedisAuth<Session extends RedisSession = RedisSession> {
  /** For Auth.js. */
  readonly adapter: RedisAuthAdapter;
  /**
   * The devices of a user. `current` and `except` are session tokens. A session has the members that were added to it; with
   * `hashIds` its `sessionToken` is the handle.
   */
  readonly sessions: UserSessions<Session>;
}

/**
 * The Auth.js adapter for Redis, for next-auth 4 and for @auth/core (next-auth 5 and its siblings), and the devices of its
 * users.
 *
 * @param client An `@upstash/redis`, node-redis or ioredis client. Connecting and closing it is the caller's.
 * @throws {TypeError} naming the option that is wrong.
 *
 * @example
 * const { adapter, sessions } = redisAuth(client, { hashIds: true });
 * export default NextAuth({ adapter, providers: [] });
 */
export function redisAuth<Session extends RedisSession = RedisSession>(
  client: RedisClient,
  options: RedisAdapterOptions = {},
): RedisAuth<Session> {
  const store = openStore(client, options);
  return { adapter: toAdapter(store), sessions: devices(store) };
}

/** The adapter by itself. `UpstashRedisAdapter`, as the replaced package calls it, is the same function. */
export function RedisAdapter(client: RedisClient, options: RedisAdapterOptions = {}): RedisAuthAdapter {
  return toAdapter(openStore(client, options));
}

/** The devices by themselves, over the keys of a `RedisAdapter`: give both the same client and options. */
export function redisSessions<Session extends RedisSession = RedisSession>(
  client: RedisClient,
  options: RedisAdapterOptions = {},
): UserSessions<Session> {
  return devices(openStore(client, options));
}

function devices<Session extends RedisSession>({ sessions }: AuthStore): UserSessions<Session> {
  return userSessions(sessions, { userId: (id) => id, session: (record) => record as Session });
}
