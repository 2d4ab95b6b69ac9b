import { type RedisClient, sha256 } from "redis-keyspace";
import { createOwnedRecordStore, type OwnedRecordModel, type OwnedRecordStore } from "redis-keyspace/identity";
import { naming, type Prefixes, prefixesOf, type RedisAdapterOptions } from "./options.js";
import type { RedisSession } from "./types.js";

/** A live session in a list. */
export interface SessionItem<Session extends RedisSession = RedisSession> {
  /**
   * What `revoke` takes. With `hashIds` it cannot sign in. Without, it is the session token: keep it from pages and logs.
   */
  readonly handle: string;
  readonly expires: Date;
  /** The record, with the members that were added to it. With `hashIds` its `sessionToken` is the handle. */
  readonly session: Session;
  /** Whether it is the session whose token was given. */
  readonly current: boolean;
}

/**
 * The sessions of a user: "your devices", and signing out of them. Each method is one round trip and rejects with a
 * `KeyspaceError` when Redis cannot do it.
 */
export interface RedisSessions<Session extends RedisSession = RedisSession> {
  /**
   * The user's live sessions, the one that ends last first.
   *
   * @param options `current`: the session token of the request, to mark its session.
   */
  list(userId: string, options?: { readonly current?: string | undefined }): Promise<SessionItem<Session>[]>;
  /** Ends one of the user's sessions; `false` if it is not there or another user's. */
  revoke(userId: string, handle: string): Promise<boolean>;
  /**
   * Ends all of the user's sessions.
   *
   * @param options `except`: the session token of the session to keep, as in the cookie: not a handle.
   * @returns How many there were.
   */
  deleteAll(userId: string, options?: { readonly except?: string | undefined }): Promise<number>;
  /** How many live sessions the user has. */
  count(userId: string): Promise<number>;
}

/**
 * The devices of a user, over the keys of a `RedisAdapter`: give both the same client and options.
 *
 * @throws {TypeError} naming the option that is wrong.
 */
export function redisSessions<Session extends RedisSession = RedisSession>(
  client: RedisClient,
  options: RedisAdapterOptions = {},
): RedisSessions<Session> {
  const store = openSessions(client, options, prefixesOf(options));
  return {
    async list(userId, { current } = {}) {
      const handleOfCurrent = current === undefined ? undefined : await storedToken(current, options);
      const found = await store.list(userId);
      return found
        .map(({ handle, record }) => ({
          handle,
          expires: record.expires,
          session: record as Session,
          current: handle === handleOfCurrent,
        }))
        .sort((a, b) => b.expires.getTime() - a.expires.getTime());
    },
    revoke: async (userId, handle) => (await store.revoke(userId, handle)) !== null,
    deleteAll: (userId, { except } = {}) => store.deleteAll(userId, { except }),
    count: (userId) => store.count(userId),
  };
}

/** The token as it stands in the key and in the record. */
export async function storedToken(token: string, { hashIds = false }: RedisAdapterOptions): Promise<string> {
  return hashIds ? await sha256(token) : token;
}

export function openSessions(
  client: RedisClient,
  options: RedisAdapterOptions,
  prefixes: Prefixes,
): OwnedRecordStore<RedisSession> {
  const { maxSessionsPerUser, whenFull, hashIds, observe, commandTimeoutMs } = options;
  return naming(() =>
    createOwnedRecordStore(client, {
      ...{ maxSessionsPerUser, whenFull, hashIds, observe, commandTimeoutMs },
      record: sessionModel(hashIds === true),
      sessionPrefix: prefixes.sessionKeyPrefix,
      userSessionsPrefix: prefixes.index.sessions,
      ownerPrefix: prefixes.userKeyPrefix,
      peerPointerPrefix: prefixes.sessionByUserIdKeyPrefix,
      nested: prefixes.nested,
    }),
  );
}

/**
 * `{"sessionToken":…,"userId":…,"expires":…}`, as `@auth/upstash-redis-adapter` writes it. A hashed token is marked, so that
 * a handle can never be used as a token after `hashIds` was turned off.
 */
function sessionModel(hashIds: boolean): OwnedRecordModel<RedisSession> {
  return {
    encode: (session) => JSON.stringify(hashIds ? { ...session, hashed: true } : session),
    decode(text, member) {
      try {
        const { hashed, ...json } = JSON.parse(text) as Partial<Record<keyof RedisSession | "hashed", unknown>>;
        const { sessionToken, userId } = json;
        const expires = new Date(String(json.expires));
        if (sessionToken !== member || typeof userId !== "string" || Number.isNaN(expires.getTime())) return null;
        return (hashed === true) === hashIds ? { ...json, sessionToken: member, userId, expires } : null;
      } catch {
        return null;
      }
    },
    userId: (session) => session.userId,
    userIdField: "userId",
    expiresAt: (session) => session.expires,
    expiresAtField: "expires",
    withExpiresAt: (session, expires) => ({ ...session, expires }),
  };
}
