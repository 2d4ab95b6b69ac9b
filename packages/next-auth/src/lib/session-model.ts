import { parseObject } from "redis-keyspace/adapter";
import type { UserSessionModel } from "redis-keyspace/identity";
import type { RedisSession } from "./types.js";

/** `{"sessionToken":…,"userId":…,"expires":…}`, as `@auth/upstash-redis-adapter` writes it. The token is that of the key. */
export const sessionModel: UserSessionModel<RedisSession> = {
  encode: (session, sessionToken) => JSON.stringify({ ...session, sessionToken }),
  decode(text, storedId) {
    const json = parseObject(text);
    if (json === null) return null;
    const { sessionToken, userId } = json;
    const expires = new Date(String(json["expires"]));
    if (sessionToken !== storedId || typeof userId !== "string" || Number.isNaN(expires.getTime())) return null;
    return { ...json, sessionToken, userId, expires };
  },
  userId: (session) => session.userId,
  userIdField: "userId",
  expiresAt: (session) => session.expires,
  expiresAtField: "expires",
  withExpiresAt: (session, expires) => ({ ...session, expires }),
};
