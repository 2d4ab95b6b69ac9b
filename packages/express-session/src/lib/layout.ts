import type { Layout, LayoutOptions } from "redis-keyspace/adapter";
import { indexPrefix } from "./options.js";
import { sessionModel } from "./session-model.js";

/** The keys of `RedisStore`, which are those of `connect-redis`, with the index of users. */
export function expressSessionLayout({
  sessionPrefix = "sess:",
  userIdFrom = () => null,
  hashIds,
  codec,
}: LayoutOptions = {}): Layout {
  return {
    sessions: {
      ...{ record: sessionModel(JSON, userIdFrom), sessionPrefix, hashIds, codec },
      userSessionsPrefix: indexPrefix(sessionPrefix),
    },
    others: [],
  };
}
