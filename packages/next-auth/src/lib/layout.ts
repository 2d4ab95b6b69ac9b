import type { Layout, LayoutOptions } from "redis-keyspace/adapter";
import { sessionModel } from "./session-model.js";

const SESSIONS = "user:session:";

/** The keys of `redisAuth`, which are those of `@auth/upstash-redis-adapter`, with its indexes. */
export function nextAuthLayout({ sessionPrefix = SESSIONS, hashIds, codec }: LayoutOptions = {}): Layout {
  // With a base prefix, that of sessions ends as it does without.
  const base = sessionPrefix.endsWith(SESSIONS) ? sessionPrefix.slice(0, -SESSIONS.length) : "";
  const others = (
    type: "string" | "zset",
    expires: boolean,
    names: Readonly<Record<string, string>>,
  ): Layout["others"] =>
    Object.entries(names).map(([name, prefix]) => ({ name, prefix: base + prefix, type, expires }));
  return {
    sessions: {
      ...{ record: sessionModel, sessionPrefix, hashIds, codec },
      userSessionsPrefix: `${base}index:${sessionPrefix.slice(base.length)}`,
    },
    others: [
      ...others("string", false, {
        "pointer to a session": "user:session:by-user-id:",
        "pointer to an account": "user:account:by-user-id:",
        account: "user:account:",
        "e-mail address": "user:email:",
        authenticator: "authenticator:",
      }),
      ...others("string", true, { "verification token": "user:token:" }),
      ...others("zset", false, {
        "index of accounts": "index:user:account:",
        "index of authenticators": "index:authenticator:",
        "index of verification tokens": "index:user:token:",
      }),
      ...others("string", false, { user: "user:" }),
    ],
  };
}
