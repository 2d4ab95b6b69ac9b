import { type CommonOptions, commonOptionNames, isId, KeyspaceError, type StoreClient } from "redis-keyspace";
import {
  type LuciaErrorConstructor,
  type LuciaSession,
  type LuciaSessionAdapter,
  luciaModel,
  merged,
  toRecord,
} from "./lucia-2.js";
import { checkKnown, checkPrefix, type OpenStore, openStore, type RedisSessions, sessionsOf } from "./sessions.js";

/** What the keys start with. A colon follows, as in `@lucia-auth/adapter-session-redis`. */
export interface RedisPrefixes {
  /** Of a session's key. Default: `session`, which gives `session:<id>`. */
  readonly session?: string | undefined;
  /**
   * Of the keys of a user's sessions. Default: `user_sessions`, which gives `index:user_sessions:<user id>` and, with
   * `peerIndex`, `user_sessions:<user id>`.
   */
  readonly userSessions?: string | undefined;
}

export interface RedisOptions extends CommonOptions {
  /**
   * Whether the sets of session ids that `@lucia-auth/adapter-session-redis` keeps are read and kept up to date, so that
   * its sessions are listed and revoked with ours, and old and new processes can run side by side. Default: true.
   */
  readonly peerIndex?: boolean | undefined;
}

export interface RedisSessionsOptions extends RedisOptions {
  readonly prefixes?: RedisPrefixes | undefined;
}

/**
 * The session adapter for Lucia 2.
 *
 * @param client A node-redis, ioredis or `@upstash/redis` client, or `{ session, userSessions }` with one for each.
 *   Connecting and closing it is the caller's.
 * @throws {TypeError} naming the option that is wrong.
 *
 * @example
 * export const auth = lucia({
 *   adapter: { user: betterSqlite3(db, { user: "user", key: "user_key", session: null }), session: redis(client) },
 *   env: "PROD",
 * });
 */
export function redis(
  client: StoreClient,
  prefixes: RedisPrefixes = {},
  options: RedisOptions = {},
): (LuciaError: LuciaErrorConstructor) => LuciaSessionAdapter {
  const { store, end } = open(client, prefixes, options);
  return (LuciaError) => ({
    async getSession<Session extends LuciaSession>(sessionId: string) {
      const session = await store.get(sessionId);
      return session === null ? null : ({ ...session, id: sessionId } as Session);
    },

    async getSessionsByUserId<Session extends LuciaSession>(userId: string) {
      return (await store.list(userId)).map(({ record }) => record as Session);
    },

    // Lucia looks the user up while it stores the session, so a session of nobody would be left behind. It calls this
    // as a method of an object that has the user adapter's methods too.
    async setSession(this: { readonly getUser?: (userId: string) => Promise<unknown> } | undefined, session) {
      if (!isId(session.id)) throw new LuciaError("AUTH_INVALID_SESSION_ID");
      if (!isId(session.user_id)) throw new LuciaError("AUTH_INVALID_USER_ID");
      if (this?.getUser !== undefined && (await this.getUser(session.user_id)) === null) {
        throw new LuciaError("AUTH_INVALID_USER_ID");
      }
      try {
        await store.create(session.id, toRecord(session));
      } catch (error) {
        if (!(error instanceof KeyspaceError) || error.code !== "ERR_SESSION_EXISTS") throw error;
        throw new LuciaError("AUTH_INVALID_SESSION_ID", "this session id is taken");
      }
    },

    async updateSession(sessionId, partialSession) {
      await store.update(sessionId, (session) => merged(session, partialSession));
    },

    deleteSession: end,

    async deleteSessionsByUserId(userId) {
      await store.deleteAll(userId);
    },
  });
}

/**
 * The devices of a user, over the keys of {@link redis}: give both the same client, prefixes and options.
 *
 * @throws {TypeError} naming the option that is wrong.
 */
export function redisSessions<Session extends LuciaSession = LuciaSession>(
  client: StoreClient,
  { prefixes, ...options }: RedisSessionsOptions = {},
): RedisSessions<Session> {
  const { store } = open(client, prefixes, options);
  return sessionsOf(
    store,
    (userId: string) => userId,
    (_, record) => record as Session,
  );
}

function open(client: StoreClient, prefixes: RedisPrefixes = {}, options: RedisOptions): OpenStore<LuciaSession> {
  checkKnown("prefixes", prefixes, ["session", "userSessions"]);
  checkKnown("options", options, [...commonOptionNames, "peerIndex"]);
  const { session = "session", userSessions = "user_sessions" } = prefixes;
  const { peerIndex = true, ...common } = options;
  checkPrefix("prefixes.session", session);
  checkPrefix("prefixes.userSessions", userSessions);
  if (typeof peerIndex !== "boolean") throw new TypeError('option "peerIndex" must be true or false');
  try {
    return openStore(client, {
      ...common,
      record: luciaModel(common.hashIds === true),
      sessionPrefix: `${session}:`,
      userSessionsPrefix: `index:${userSessions}:`,
      peerIndexPrefix: peerIndex ? `${userSessions}:` : undefined,
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // The store knows the prefixes by other names.
    throw new TypeError(
      error.message
        .replaceAll('"sessionPrefix"', '"prefixes.session"')
        .replaceAll(/"(userSessions|peerIndex)Prefix"/g, '"prefixes.userSessions"'),
    );
  }
}
