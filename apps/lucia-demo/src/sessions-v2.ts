import { betterSqlite3 } from "@lucia-auth/adapter-sqlite-2";
import { byRecency, isDue } from "@redis-keyspace/demo-kit/devices";
import type { Users } from "@redis-keyspace/demo-kit/users";
import { type RedisLucia, redisLucia } from "@redis-keyspace/lucia";
import { LuciaError, lucia, type SessionSchema } from "lucia-2";
import { adapterOptions, type OpenSessions } from "./sessions.js";

const DAY_MS = 24 * 60 * 60 * 1000;

// The defaults, for the Keyspace panel to know.
const prefixes = { session: "session", userSessions: "user_sessions" };

// Lucia 2 asks its user adapter for keys, even where it never signs anybody in itself.
const keyTable =
  "CREATE TABLE user_key (id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES user(id), hashed_password TEXT)";

const createAuth = (session: RedisLucia["adapter"], { database }: Users) =>
  lucia({
    adapter: {
      // libsql has the API of better-sqlite3, whose types are not installed.
      user: betterSqlite3(database as never, { user: "user", key: "user_key", session: null }),
      session,
    },
    // The demo is served over plain HTTP. In production: "PROD", which makes the cookie Secure.
    env: "DEV",
    sessionExpiresIn: { activePeriod: DAY_MS, idlePeriod: 13 * DAY_MS },
    getSessionAttributes: ({ last_seen_at }) => ({ lastSeenAt: new Date(last_seen_at) }),
  });

declare global {
  namespace Lucia {
    type Auth = ReturnType<typeof createAuth>;
    type DatabaseUserAttributes = Record<never, never>;
    interface DatabaseSessionAttributes {
      user_agent: string;
      address: string;
      signed_in_at: number;
      last_seen_at: number;
    }
  }
}

/** Sessions with Lucia 2: users in SQLite, sessions in Redis. */
export const openSessions: OpenSessions = (client, users, stream) => {
  users.database.exec(keyTable);
  const { adapter, sessions } = redisLucia<SessionSchema>(client, {
    ...adapterOptions,
    stream,
    prefixes,
    // It is for those who come from `@lucia-auth/adapter-session-redis`.
    legacyIndex: false,
  });
  const auth = createAuth(adapter, users);

  return {
    async start(userId, { userAgent, address }) {
      const now = Date.now();
      const attributes = { user_agent: userAgent, address, signed_in_at: now, last_seen_at: now };
      const session = await auth.createSession({ userId, attributes });
      return auth.createSessionCookie(session).serialize();
    },

    async visit(cookieHeader) {
      const id = auth.readSessionCookie(cookieHeader);
      if (!id) return null;
      try {
        const session = await auth.validateSession(id);
        return {
          userId: session.user.userId,
          sessionId: session.sessionId,
          lastSeenAt: session.lastSeenAt,
          renewedCookie: session.fresh ? auth.createSessionCookie(session).serialize() : null,
        };
      } catch (error) {
        // Lucia's own errors say that this is no session. Those of the store say that nobody knows.
        if (error instanceof LuciaError) return null;
        throw error;
      }
    },

    hasCookie: (cookieHeader) => Boolean(auth.readSessionCookie(cookieHeader)),

    async seen({ sessionId, lastSeenAt }) {
      if (isDue(lastSeenAt)) await auth.updateSessionAttributes(sessionId, { last_seen_at: Date.now() });
      return null;
    },

    count: (userId) => sessions.count(userId),

    async list({ userId, sessionId }) {
      const found = await sessions.list(userId, { current: sessionId });
      return found
        .map(({ handle, session, current }) => ({
          handle,
          current,
          userAgent: session.user_agent,
          address: session.address,
          signedInAt: new Date(session.signed_in_at),
          lastSeenAt: new Date(session.last_seen_at),
          endsAt: new Date(session.idle_expires),
        }))
        .sort(byRecency);
    },

    revoke: ({ userId }, handle) => sessions.revoke(userId, handle),
    end: ({ sessionId }) => auth.invalidateSession(sessionId),
    endOthers: ({ userId, sessionId }) => sessions.deleteAll(userId, { except: sessionId }),
    endAll: ({ userId }) => auth.invalidateAllUserSessions(userId),
    watch: ({ sessionId }, watcher) => sessions.watch(sessionId, watcher),
    prefixes: { session: `${prefixes.session}:`, userSessions: `index:${prefixes.userSessions}:` },
    blankCookie: auth.createSessionCookie(null).serialize(),
  };
};
