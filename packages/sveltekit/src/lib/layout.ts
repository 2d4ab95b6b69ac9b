import { type Layout, type LayoutOptions, sessionLayout } from "redis-keyspace/adapter";
import { storedSessionModel } from "./article-store/stored-session.js";

/** The keys of `createSessionHook`. */
export function sveltekitLayout({
  sessionPrefix = "sveltekit:session:",
  userSessionsPrefix = "sveltekit:user-sessions:",
  ...others
}: LayoutOptions = {}): Layout {
  return sessionLayout({ sessionPrefix, userSessionsPrefix, ...others });
}

/** The keys of `RedisSessionStore`, which are those of `@ethercorps/sveltekit-redis-session` 0.x. */
export function sveltekitV0Layout({
  sessionPrefix = "sk-session:",
  userSessionsPrefix = "sk-user-sessions:",
  ...others
}: LayoutOptions = {}): Layout {
  return articleLayout({ sessionPrefix, userSessionsPrefix, ...others });
}

/** The keys of `LegacySessionStore`, which are those of `@ethercorps/sveltekit-redis-session` 1.x with its sets. */
export function sveltekitV1Layout({
  sessionPrefix = "sk_ioredis_session:",
  userSessionsPrefix = "sk_ioredis_user_sessions:",
  ...others
}: LayoutOptions = {}): Layout {
  const layout = articleLayout({ sessionPrefix, userSessionsPrefix: `index:${userSessionsPrefix}`, ...others });
  return { ...layout, sessions: { ...layout.sessions, legacyIndexPrefix: userSessionsPrefix } };
}

function articleLayout({
  sessionPrefix,
  userSessionsPrefix,
  userIdFrom,
  hashIds,
  codec,
}: LayoutOptions & Record<"sessionPrefix" | "userSessionsPrefix", string>): Layout {
  const record = storedSessionModel((text) => userIdFrom?.(parsed(text)) ?? null);
  return { sessions: { record, sessionPrefix, userSessionsPrefix, hashIds, codec }, others: [] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
