import type { StoreClient } from "redis-keyspace";
import { ownCopy, type RecordStore, type UserSessions, userSessions } from "redis-keyspace/adapter";
import { endSession } from "../end-session.js";
import type { LuciaSession, LuciaUser } from "./lucia-types.js";
import { openStore, type RedisAdapterOptions } from "./options.js";
import { type LuciaRecord, toRecord, toSession, toUserId } from "./session-model.js";
import { type LookUp, type Users, userLookUp, type WithIds } from "./users.js";

/**
 * The adapter for Lucia 3: sessions in Redis, users elsewhere. Where the application registers numbers as user ids,
 * `UserId` is `number`. `Session` and `User` are what it registers, which TypeScript takes from where the adapter is used.
 *
 * Every method rejects with a `KeyspaceError` when Redis cannot do it.
 *
 * @example
 * const adapter = new RedisAdapter(client, async (userId) => {
 *   const user = await db.findUser(userId);
 *   return user ? { id: user.id, attributes: { username: user.username } } : null;
 * });
 * export const lucia = new Lucia(adapter);
 */
export class RedisAdapter<UserId = string> {
  readonly #store: RecordStore<LuciaRecord>;
  readonly #users: Users<UserId>;
  readonly #lookUp: LookUp<UserId>;
  /**
   * The devices of a user. `current`, `except` and what `watch` takes are session ids. With `hashIds` a session's `id` is
   * its handle.
   */
  readonly sessions: UserSessions<LuciaSession<UserId>, UserId>;

  /**
   * @param client A node-redis, ioredis or `@upstash/redis` client, or `{ session, userSessions }` with one for each.
   *   Connecting and closing it is the caller's.
   * @param users Looks up a user, or another Lucia 3 adapter that does.
   * @throws {TypeError} naming the option that is wrong.
   */
  constructor(client: StoreClient, users: Users<UserId> & WithIds<UserId>, options: RedisAdapterOptions = {}) {
    this.#store = openStore(client, options);
    this.#users = users;
    this.#lookUp = userLookUp(users);
    this.sessions = devices(this.#store);
  }

  /** `[null, null]` for a session that is unknown, ended or malformed and for a handle; then no user is looked up. */
  async getSessionAndUser<Session extends LuciaSession<UserId>, User extends LuciaUser<UserId>>(
    sessionId: string,
  ): Promise<[session: Session | null, user: User | null]> {
    const record = await this.#store.get(sessionId);
    if (record === null) return [null, null];
    const session = toSession<Session>(sessionId, ownCopy(record));
    return [session, (await this.#lookUp(session)) as User | null];
  }

  /** The user's live sessions, the most recently used first. With `hashIds`, the id of each is a handle. */
  async getUserSessions<Session extends LuciaSession<UserId>>(userId: UserId): Promise<Session[]> {
    const found = await this.#store.list(toUserId(userId));
    return found.map(({ handle, session }) => toSession<Session>(handle, session));
  }

  /**
   * A session that has ended is not stored.
   *
   * @throws {TypeError} for an id or a user id that cannot be one, an end that is no date (Lucia's `sessionExpiresIn` is
   *   `NaN`), and attributes that are no object as JSON.
   * @throws {KeyspaceError} `ERR_SESSION_EXISTS`, `ERR_SESSION_LIMIT`, `ERR_SESSION_REVOKED`
   */
  async setSession(session: LuciaSession<UserId>): Promise<void> {
    await this.#store.create(session.id, toRecord(session));
  }

  /** Never brings back a session that is gone. */
  async updateSessionExpiration(sessionId: string, expiresAt: Date): Promise<void> {
    await this.#store.touch(sessionId, expiresAt);
  }

  /** Takes an id or a handle. */
  async deleteSession(sessionId: string): Promise<void> {
    await endSession(this.#store, sessionId);
  }

  async deleteUserSessions(userId: UserId): Promise<void> {
    await this.#store.deleteAll(toUserId(userId));
    if (typeof this.#users !== "function") await this.#users.deleteUserSessions(userId);
  }

  /** Does nothing: Redis removes sessions when they end. */
  async deleteExpiredSessions(): Promise<void> {}
}

function devices<Session extends LuciaSession<unknown>>(
  store: RecordStore<LuciaRecord>,
): UserSessions<Session, Session["userId"]> {
  return userSessions(store, { userId: toUserId, session: (record, handle) => toSession<Session>(handle, record) });
}
