export type { LegacyCookies } from "./lib/cookie-sealing.js";
export type { CookieAttributes, CookieOptions, Cookies } from "./lib/cookies.js";
export type { LegacyCookieForm } from "./lib/legacy-cookies.js";
export {
  PublishedSessionStore as IoRedisSessionStore,
  PublishedSessionStore as upstashSessionStore,
  type PublishedSessionStoreOptions,
} from "./lib/published-names.js";
export { RedisSessionStore, type RedisSessionStoreOptions } from "./lib/redis-session-store.js";
export type { Device, LocalsSession } from "./lib/request-session.js";
export type { SessionErrorCode, SessionFailure, SessionResult, SessionSuccess } from "./lib/results.js";
export type { Secret } from "./lib/secrets.js";
export {
  createSessionHandle,
  type SessionEvent,
  type SessionHandle,
  type SessionHandleOptions,
} from "./lib/session-handle.js";
export type { ListedSession } from "./lib/session-store.js";
export type { SessionStoreSettings } from "./lib/session-store-options.js";
export type { Serializer } from "./lib/stored-session.js";
