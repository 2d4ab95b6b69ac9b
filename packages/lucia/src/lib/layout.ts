import type { Layout, LayoutOptions } from "redis-keyspace/adapter";
import { sessionModel } from "./v2/session-model.js";
import { luciaModel } from "./v3/session-model.js";

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
