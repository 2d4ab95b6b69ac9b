import { betterSqlite3 } from "@lucia-auth/adapter-sqlite-2";
import { LuciaError, lucia } from "lucia-2";
import { Lucia, TimeSpan } from "lucia-3";
import type { StoreClient } from "redis-keyspace";
import type { AdapterOptions, AdapterUnderTest } from "redis-keyspace/testing";
import { redisLucia } from "../../src/index.js";
import { redisLucia as redisLucia3 } from "../../src/v3.js";
import { userTables } from "./lucia-2.js";

const database = userTables();
const addUser = database.prepare("INSERT OR IGNORE INTO user VALUES (?, ?)");

/** Lucia 2 as an application uses it. */
export function openLucia2(
  client: StoreClient,
  { prefix, ...options }: AdapterOptions,
  legacyIndex: boolean,
): AdapterUnderTest {
  const prefixes = { session: `${prefix}s`, userSessions: `${prefix}u` };
  const { adapter, sessions } = redisLucia(client, { prefixes, legacyIndex, ...options });
  const auth = lucia({
    adapter: { user: betterSqlite3(database, { user: "user", key: "user_key", session: null }), session: adapter },
    env: "DEV",
    // No session is ever active, so that `validateSession` renews it each time. `getSession` only reads.
    sessionExpiresIn: { activePeriod: -1, idlePeriod: 600_000 },
    getSessionAttributes: ({ n = 0 }) => ({ n }),
  });
  return {
    async signIn(userId, n) {
      addUser.run(userId, userId);
      return (await auth.createSession({ userId, attributes: { n } })).sessionId;
    },
    async read(sessionId) {
      try {
        const { user, n } = await auth.getSession(sessionId);
        return { userId: user.userId, n };
      } catch (error) {
        if (error instanceof LuciaError && error.message === "AUTH_INVALID_SESSION_ID") return null;
        throw error;
      }
    },
    change: (sessionId, n) => auth.updateSessionAttributes(sessionId, { n }),
    touch: (sessionId) => auth.validateSession(sessionId),
    signOut: (sessionId) => auth.invalidateSession(sessionId),
    sessions,
    prefixes: [`${prefix}s:`, `${prefix}u:`, `index:${prefix}u:`],
  };
}

/** Lucia 3 as an application uses it. */
export function openLucia3(client: StoreClient, { prefix, ...options }: AdapterOptions): AdapterUnderTest {
  const { adapter, sessions } = redisLucia3(client, (id) => ({ id, attributes: { username: id } }), {
    ...{ sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` },
    ...options,
  });
  const getSessionAttributes = ({ n }: { n?: number }) => ({ n });
  const short = new Lucia(adapter, { sessionExpiresIn: new TimeSpan(10, "m"), getSessionAttributes });
  // To it, what the other one signed in is past half its life, so that `validateSession` renews it.
  const long = new Lucia(adapter, { sessionExpiresIn: new TimeSpan(1, "h"), getSessionAttributes });
  return {
    signIn: async (userId, n) => (await short.createSession(userId, { country: "NL", n })).id,
    async read(sessionId) {
      const { session } = await short.validateSession(sessionId);
      return session === null ? null : { userId: session.userId, n: session.n ?? 0 };
    },
    touch: (sessionId) => long.validateSession(sessionId),
    signOut: (sessionId) => short.invalidateSession(sessionId),
    sessions,
    prefixes: [`${prefix}s:`, `${prefix}u:`],
  };
}
