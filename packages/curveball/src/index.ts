export type { RedisStoreOptions } from "./lib/options.js";
export type { ClientOptions } from "./lib/own-client.js";
export { RedisStore, RedisStore as default } from "./lib/redis-store.js";
export { type SessionMiddlewareOptions, session } from "./lib/session-middleware.js";
