import type { Layout, LayoutOptions } from "redis-keyspace/adapter";
import type { LuciaSession } from "./v2/lucia-types.js";
import { sessionModel } from "./v2/session-model.js";
import { type LuciaRecord, luciaModel } from "./v3/session-model.js";

/** The keys of `redisLucia` and `redis`, with the sets of `@lucia-auth/adapter-session-redis`. */
export function luciaLayout({
  sessionPrefix = "session:",
  userSessionsPrefix = "user_sessions:",
  hashIds = false,
  codec,
}: LayoutOptions = {}): Layout {
  return {
    sessions: {
      ...{ record: sessionModel(hashIds), sessionPrefix, hashIds, codec },
      userSessionsPrefix: `index:${userSessionsPrefix}`,
      legacyIndexPrefix: userSessionsPrefix,
    },
    others: [],
  };
}

/** The keys of `RedisAdapter` of `@redis-keyspace/lucia/v3`. */
export function luciaV3Layout({
  sessionPrefix = "lucia:session:",
  userSessionsPrefix = "lucia:user-sessions:",
  hashIds = false,
  codec,
}: LayoutOptions = {}): Layout {
  return { sessions: { record: luciaModel, sessionPrefix, userSessionsPrefix, hashIds, codec }, others: [] };
}

/** A session of Lucia 2 as one of Lucia 3: with the same end and attributes. */
export function toLuciaV3({
  id: _,
  user_id: userId,
  active_expires: __,
  idle_expires: expiresAt,
  ...attributes
}: LuciaSession): LuciaRecord {
  const data = { attributes };
  return { userId, data, createdAt: new Date(), expiresAt: new Date(expiresAt), absoluteExpiresAt: null };
}
