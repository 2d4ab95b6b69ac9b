import { parseObject, type RecordModel } from "redis-keyspace/adapter";
import type { LuciaSession, WithBigInts } from "./lucia-types.js";

/** The same session in numbers. */
export function toRecord(session: WithBigInts<LuciaSession>): LuciaSession {
  return {
    ...session,
    active_expires: Number(session.active_expires),
    idle_expires: Number(session.idle_expires),
  };
}

/** The session with the change in it. Its id stays, and so does what every session has where the change gives nothing. */
export function merged(session: LuciaSession, change: Partial<WithBigInts<LuciaSession>>): LuciaSession {
  const { user_id = session.user_id, active_expires, idle_expires } = change;
  return toRecord({
    ...session,
    ...change,
    id: session.id,
    user_id,
    active_expires: active_expires ?? session.active_expires,
    idle_expires: idle_expires ?? session.idle_expires,
  });
}

/**
 * A session as `@lucia-auth/adapter-session-redis` stores it, byte for byte:
 *
 *     {"id":"…","user_id":"…","active_expires":1763720000000,"idle_expires":1764929600000,…attributes}
 *
 * With hashed ids the `id` is left out.
 */
export function sessionModel(hashIds: boolean): RecordModel<LuciaSession> {
  return {
    encode: (session) => JSON.stringify(hashIds ? { ...session, id: undefined } : session),
    decode(text, storedId) {
      const json = parseObject(text);
      if (json === null || json["id"] !== (hashIds ? undefined : storedId)) return null;
      const { user_id, active_expires, idle_expires } = json;
      if (typeof user_id !== "string" || typeof active_expires !== "number" || typeof idle_expires !== "number") {
        return null;
      }
      return { ...json, id: storedId, user_id, active_expires, idle_expires };
    },
    userId: (session) => session.user_id,
    userIdField: "user_id",
    expiresAt: (session) => session.idle_expires,
    withExpiresAt: (session, expiresAt) => ({ ...session, idle_expires: expiresAt.getTime() }),
  };
}
