import type { Layout, LayoutOptions } from "redis-keyspace/adapter";
import { indexPrefix } from "./options.js";
import { valuesModel } from "./values-model.js";

/** The keys of `RedisStore`, which are those of `@curveball/session-redis`, with the index of users. */
export function curveballLayout({
  sessionPrefix = "session-",
  userIdFrom = () => null,
  hashIds,
  codec,
}: LayoutOptions = {}): Layout {
  return {
    sessions: {
      ...{ record: valuesModel(userIdFrom), sessionPrefix, hashIds, codec },
      userSessionsPrefix: indexPrefix(sessionPrefix.replace(/-$/, "")),
    },
    others: [],
  };
}
