export type { Secrets } from "redis-keyspace/adapter";
export type { CookieSessionStoreOptions } from "./lib/article-store/cookie-session-store-options.js";
export {
  LegacySessionStore as IoRedisSessionStore,
  LegacySessionStore as upstashSessionStore,
  type LegacySessionStoreOptions,
} from "./lib/article-store/legacy-session-store.js";
export { RedisSessionStore, type RedisSessionStoreOptions } from "./lib/article-store/redis-session-store.js";
export type { SessionErrorCode, SessionFailure, SessionResult, SessionSuccess } from "./lib/article-store/results.js";
export type { Serializer } from "./lib/article-store/serialized-data.js";
export type { StoreEvent, StoreHandle } from "./lib/article-store/visitor-cookies.js";
export type { CookieAttributes, CookieOptions, Cookies } from "./lib/cookies/cookie-options.js";
export type { LegacyCookieForm, LegacyCookies } from "./lib/cookies/legacy-cookies.js";
export { keepAcrossReloads } from "./lib/hook/keep-across-reloads.js";
export type { LocalsSession, SignInOptions } from "./lib/hook/locals-session.js";
export type { SessionHookOptions } from "./lib/hook/session-context.js";
export {
  createSessionHook,
  type SessionEvent,
  type SessionHook,
  type SessionHookPlace,
} from "./lib/hook/session-hook.js";
