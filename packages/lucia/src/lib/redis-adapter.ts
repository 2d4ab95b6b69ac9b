import {
  type CommonOptions,
  commonOptionNames,
  type RecordModel,
  type SessionRecord,
  type StoreClient,
  sessionModel,
} from "redis-keyspace";
import type { LuciaSession, LuciaUser } from "./lucia-3.js";
import { checkKnown, checkPrefix, type OpenStore, openStore, type RedisSessions, sessionsOf } from "./sessions.js";
import { type LookUp, type Users, userLookUp } from "./users.js";

export interface RedisAdapterOptions extends CommonOptions {
  /** What a session's key starts with. Default: `session:`. */
  readonly sessionPrefix?: string | undefined;
  /** What the key of a user's index starts with. Default: `user-sessions:`. */
  readonly userSessionsPrefix?: string | undefined;
}

/** What a record holds besides its owner and its end. */
interface LuciaData {
  readonly attributes: object;
  /** `true` where the application registers numbers as user ids. */
  readonly numericUserId?: true;
  /** `true` where the key is a hash: a hash can never be used as an id after `hashIds` was turned off. */
  readonly hashed?: true;
}

type LuciaRecord = SessionRecord<LuciaData> & { readonly userId: string };

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
  readonly #opened: OpenStore<LuciaRecord>;
  readonly #hashed: boolean;
  readonly #users: Users<UserId>;
  readonly #lookUp: LookUp<UserId>;

  /**
   * @param client A node-redis, ioredis or `@upstash/redis` client, or `{ session, userSessions }` with one for each.
   *   Connecting and closing it is the caller's.
   * @param users Looks up a user, or another Lucia 3 adapter that does.
   * @throws {TypeError} naming the option that is wrong.
   */
  constructor(client: StoreClient, users: Users<UserId>, options: RedisAdapterOptions = {}) {
    this.#opened = open(client, options);
    this.#hashed = options.hashIds === true;
    this.#users = users;
    this.#lookUp = userLookUp(users);
  }

  /** `[null, null]` for a session that is unknown, ended or malformed, and then no user is looked up. */
  async getSessionAndUser<Session extends LuciaSession<UserId>, User extends LuciaUser<UserId>>(
    sessionId: string,
  ): Promise<[session: Session | null, user: User | null]> {
    const record = await this.#opened.store.get(sessionId);
    if (record === null) return [null, null];
    const session = toSession<Session>(sessionId, record);
    return [session, (await this.#lookUp(session)) as User | null];
  }

  /** With `hashIds`, the id of each is a handle. */
  async getUserSessions<Session extends LuciaSession<UserId>>(userId: UserId): Promise<Session[]> {
    const found = await this.#opened.store.list(toOwner(userId));
    return found.map(({ handle, record }) => toSession<Session>(handle, record));
  }

  /**
   * A session that has ended is not stored.
   *
   * @throws {TypeError} for an id or a user id that cannot be one.
   * @throws {KeyspaceError} `ERR_SESSION_EXISTS`, `ERR_SESSION_LIMIT`, `ERR_SESSION_REVOKED`
   */
  async setSession({ id, userId, expiresAt, attributes }: LuciaSession<UserId>): Promise<void> {
    await this.#opened.store.create(id, {
      userId: toOwner(userId),
      createdAt: new Date(),
      expiresAt,
      endsAt: null,
      data: {
        attributes: attributes ?? {},
        ...(typeof userId !== "string" && { numericUserId: true }),
        ...(this.#hashed && { hashed: true }),
      },
    });
  }

  /** Never brings back a session that is gone. */
  async updateSessionExpiration(sessionId: string, expiresAt: Date): Promise<void> {
    await this.#opened.store.touch(sessionId, expiresAt);
  }

  /** Takes an id or a handle. */
  async deleteSession(sessionId: string): Promise<void> {
    await this.#opened.end(sessionId);
  }

  async deleteUserSessions(userId: UserId): Promise<void> {
    await this.#opened.store.deleteAll(toOwner(userId));
    if (typeof this.#users !== "function") await this.#users.deleteUserSessions(userId);
  }

  /** Does nothing: Redis removes sessions when they end. */
  async deleteExpiredSessions(): Promise<void> {}
}

/**
 * The devices of a user, over the keys of a {@link RedisAdapter}: give both the same client and options.
 *
 * @throws {TypeError} naming the option that is wrong.
 */
export function redisSessions<Session extends LuciaSession<unknown> = LuciaSession>(
  client: StoreClient,
  options: RedisAdapterOptions = {},
): RedisSessions<Session, Session["userId"]> {
  return sessionsOf(open(client, options).store, toOwner, toSession<Session>);
}

function open(client: StoreClient, options: RedisAdapterOptions): OpenStore<LuciaRecord> {
  checkKnown("options", options, [...commonOptionNames, "sessionPrefix", "userSessionsPrefix"]);
  const { sessionPrefix = "session:", userSessionsPrefix = "user-sessions:", ...common } = options;
  checkPrefix("sessionPrefix", sessionPrefix);
  checkPrefix("userSessionsPrefix", userSessionsPrefix);
  const record = luciaModel(common.hashIds === true);
  return openStore(client, { ...common, record, sessionPrefix, userSessionsPrefix });
}

function luciaModel(hashIds: boolean): RecordModel<LuciaRecord> {
  return {
    ...sessionModel,
    decode(text, id) {
      const record = sessionModel.decode(text, id);
      if (record === null || record.userId === null || !isLuciaData(record.data)) return null;
      if ((record.data.hashed === true) !== hashIds) return null;
      return { ...record, userId: record.userId, data: record.data };
    },
    withExpiresAt: (record, expiresAt) => ({ ...record, expiresAt }),
    withEndsAt: (record, endsAt) => ({ ...record, endsAt }),
  };
}

function isLuciaData(data: unknown): data is LuciaData {
  if (typeof data !== "object" || data === null || !("attributes" in data)) return false;
  return typeof data.attributes === "object" && data.attributes !== null;
}

function toOwner(userId: unknown): string {
  if (typeof userId !== "string" && typeof userId !== "number") {
    throw new TypeError("userId must be a string or a number");
  }
  return String(userId);
}

function toSession<Session extends LuciaSession<unknown>>(id: string, record: LuciaRecord): Session {
  const { userId, expiresAt, data } = record;
  const owner = data.numericUserId === true ? Number(userId) : userId;
  return { id, userId: owner, expiresAt, attributes: data.attributes } as Session;
}
