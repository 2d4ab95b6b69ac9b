import type { StoreClient } from "redis-keyspace";
import type { UserSessions } from "redis-keyspace/adapter";
import type { LuciaSession, LuciaUserId } from "./lucia-types.js";
import type { RedisAdapterOptions } from "./options.js";
import { RedisAdapter } from "./redis-adapter.js";
import type { Users, WithIds } from "./users.js";

export interface RedisLucia<Session extends LuciaSession<LuciaUserId> = LuciaSession> {
  /** For `new Lucia(adapter)`. */
  readonly adapter: RedisAdapter<Session["userId"]>;
  /**
   * The devices of a user. `current`, `except` and what `watch` takes are session ids. With `hashIds` a session's `id` is
   * its handle.
   */
  readonly sessions: UserSessions<Session, Session["userId"]>;
}

/**
 * The adapter for Lucia 3, and the devices of its users. `Session` is Lucia's `DatabaseSession`, for an application that
 * declares attributes or numbers as user ids.
 *
 * @param client A node-redis, ioredis or `@upstash/redis` client, or `{ session, userSessions }` with one for each.
 *   Connecting and closing it is the caller's.
 * @param users Looks up a user, or another Lucia 3 adapter that does.
 * @throws {TypeError} naming the option that is wrong.
 *
 * @example
 * const { adapter, sessions } = redisLucia<DatabaseSession>(client, (userId) => db.findUser(userId));
 * export const lucia = new Lucia(adapter);
 */
export function redisLucia<Session extends LuciaSession<LuciaUserId> = LuciaSession>(
  client: StoreClient,
  users: Users<Session["userId"]> & WithIds<Session["userId"]>,
  options: RedisAdapterOptions = {},
): RedisLucia<Session> {
  const adapter = new RedisAdapter(client, users, options);
  return { adapter, sessions: adapter.sessions as UserSessions<Session, Session["userId"]> };
}
