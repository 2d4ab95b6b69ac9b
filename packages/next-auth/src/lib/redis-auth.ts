import type { RedisClient, StoreClient } from "redis-keyspace";
import { type RecordStore, type UserSessions, userSessions } from "redis-keyspace/adapter";
import { toAdapter } from "./adapter.js";
import { type UserAccounts, type UserAuthenticators, userAccounts, userAuthenticators } from "./links-of-user.js";
import { openSessions, openStore, type RedisAdapterOptions, type RedisSessionsOptions } from "./options.js";
import type { RedisAuthAdapter, RedisSession } from "./types.js";
import { type SessionAdapter, type UsersAdapter, withSessions } from "./users-elsewhere.js";

export interface RedisAuth<Session extends RedisSession = RedisSession> {
  /** For Auth.js. */
  readonly adapter: RedisAuthAdapter;
  /**
   * The devices of a user. `current`, `except` and what `watch` takes are session tokens. A session has the members that
   * were added to it; with `hashIds` its `sessionToken` is the handle.
   */
  readonly sessions: UserSessions<Session>;
  /** The accounts that a user signs in with: a page of "linked accounts", and fresh tokens of a provider. */
  readonly accounts: UserAccounts;
  /** The passkeys of a user. */
  readonly authenticators: UserAuthenticators;
}

/** Sessions in Redis, with everything else in another adapter. */
export interface RedisAuthSessions<Users extends UsersAdapter, Session extends RedisSession = RedisSession> {
  /** For Auth.js: the other adapter with the methods of sessions, and a `deleteUser` that ends the user's sessions. */
  readonly adapter: Omit<Users, keyof SessionAdapter> & SessionAdapter;
  /** The devices of a user, as those of {@link RedisAuth}. */
  readonly sessions: UserSessions<Session>;
}

/**
 * The Auth.js adapter for Redis, for next-auth 4 and for @auth/core (next-auth 5 and its siblings), and the devices,
 * accounts and passkeys of its users.
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
  return {
    adapter: toAdapter(store),
    sessions: devices(store.sessions),
    accounts: userAccounts(store.links.accounts),
    authenticators: userAuthenticators(store.links),
  };
}

/**
 * Sessions in Redis and everything else in another adapter: users in an SQL database, say. A session whose user the other
 * adapter does not know signs nobody in.
 *
 * @param client As for {@link redisAuth}, or `{ session, userSessions }` with a client for each.
 * @param users An Auth.js adapter with `getUser`. Its other methods are taken over, but for those of sessions.
 * @throws {TypeError} naming the option that is wrong.
 *
 * @example
 * const { adapter, sessions } = redisAuthSessions(client, PrismaAdapter(prisma), { hashIds: true });
 */
export function redisAuthSessions<Users extends UsersAdapter, Session extends RedisSession = RedisSession>(
  client: StoreClient,
  users: Users,
  options: RedisSessionsOptions = {},
): RedisAuthSessions<Users, Session> {
  const store = openSessions(client, options);
  return { adapter: withSessions(users, store), sessions: devices(store) };
}

/** The adapter by itself. `UpstashRedisAdapter`, as the replaced package calls it, is the same function. */
export function RedisAdapter(client: RedisClient, options: RedisAdapterOptions = {}): RedisAuthAdapter {
  return toAdapter(openStore(client, options));
}

function devices<Session extends RedisSession>(store: RecordStore<RedisSession>): UserSessions<Session> {
  return userSessions(store, { userId: (id) => id, session: (record) => record as Session });
}
