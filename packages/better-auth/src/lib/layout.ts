import type { Layout, LayoutOptions } from "redis-keyspace/adapter";
import { indexPrefix } from "./options.js";
import { sessionModel } from "./session-model.js";

/** The keys of `redisStorage`, which are those of `@better-auth/redis-storage`, with the index of users. */
export function betterAuthLayout({ sessionPrefix = "better-auth:", hashIds, codec }: LayoutOptions = {}): Layout {
  return {
    sessions: {
      ...{ record: sessionModel, sessionPrefix, hashIds, codec },
      userSessionsPrefix: indexPrefix(sessionPrefix),
    },
    others: [
      { name: "list of better-auth", prefix: `${sessionPrefix}active-sessions-`, type: "string", expires: true },
      { name: "value of better-auth", prefix: sessionPrefix, type: "string", expires: true },
    ],
  };
}
