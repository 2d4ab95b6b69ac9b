import { KeyspaceError } from "redis-keyspace";
import { isHashedId, isId, ownCopy, type RecordStore } from "redis-keyspace/adapter";
import { endSession } from "../end-session.js";
import type { LuciaErrorConstructor, LuciaSession, LuciaSessionAdapter } from "./lucia-types.js";
import { merged, toRecord } from "./session-model.js";

/** Lucia's words for those of the store. */
export function toAdapter(
  store: RecordStore<LuciaSession>,
): (LuciaError: LuciaErrorConstructor) => LuciaSessionAdapter {
  return (LuciaError) => ({
    async getSession<Session extends LuciaSession>(sessionId: string) {
      const session = await store.get(sessionId);
      return session === null ? null : ({ ...ownCopy(session), id: sessionId } as Session);
    },

    async getSessionsByUserId<Session extends LuciaSession>(userId: string) {
      return (await store.list(userId)).map(({ session }) => session as Session);
    },

    // Lucia looks the user up while it stores the session, so a session of nobody would be left behind. It calls this
    // as a method of an object that has the user adapter's methods too.
    async setSession(this: { readonly getUser?: (userId: string) => Promise<unknown> } | undefined, session) {
      if (!isId(session.id) || isHashedId(session.id)) throw new LuciaError("AUTH_INVALID_SESSION_ID");
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

    async deleteSession(sessionId) {
      await endSession(store, sessionId);
    },

    async deleteSessionsByUserId(userId) {
      await store.deleteAll(userId);
    },
  });
}
