import { checkFunction, ownCopy, type RecordStore } from "redis-keyspace/adapter";
import { as, toSession } from "./adapter.js";
import { toDate, withDate } from "./dates.js";
import type { RedisAuthAdapter, RedisSession } from "./types.js";

/** What is needed of the adapter that has the users. */
export interface UsersAdapter {
  getUser?(id: string): unknown;
  deleteUser?(userId: string): unknown;
}

/** What sessions in Redis put in the place of its methods. */
export type SessionAdapter = Pick<
  RedisAuthAdapter,
  "createSession" | "getSessionAndUser" | "updateSession" | "deleteSession" | "deleteUser"
>;

/** @throws {TypeError} naming the option that is wrong. */
export function withSessions<Users extends UsersAdapter>(
  users: Users,
  sessions: RecordStore<RedisSession>,
): Omit<Users, keyof SessionAdapter> & SessionAdapter {
  checkFunction("users.getUser", users?.getUser);
  return { ...users, ...sessionMethods(users, sessions) };
}

function sessionMethods(users: UsersAdapter, sessions: RecordStore<RedisSession>): SessionAdapter {
  return {
    async createSession(given) {
      const session = { ...given, expires: toDate("expires", given.expires) };
      await sessions.create(session.sessionToken, session);
      return session;
    },
    async getSessionAndUser<Session, User>(sessionToken: string) {
      const session = await sessions.get(sessionToken);
      const user = session === null ? null : await users.getUser?.(session.userId);
      if (user === null || user === undefined) return null;
      return { session: toSession<Session>(sessionToken, ownCopy(session)), user: as<User>(user) };
    },
    async updateSession({ sessionToken, ...given }) {
      const changes = Object.entries(withDate(given, "expires")).filter(([, value]) => value !== undefined);
      const changed = await sessions.update(sessionToken, (session) => ({
        ...session,
        ...Object.fromEntries(changes),
      }));
      return toSession(sessionToken, changed);
    },
    deleteSession: async (sessionToken) => toSession(sessionToken, await sessions.delete(sessionToken)),
    async deleteUser(userId) {
      await users.deleteUser?.(userId);
      await sessions.deleteAll(userId);
    },
  };
}
