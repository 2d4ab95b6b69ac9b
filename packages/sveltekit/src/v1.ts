// The names of `@ethercorps/sveltekit-redis-session` 1.x, all of one class. `RedisSessionStore` has to be one of them, so that
// moving from 1.x is a change of the import; that of `.` is the class of 0.x.
export {
  LegacySessionStore,
  LegacySessionStore as IoRedisSessionStore,
  LegacySessionStore as RedisSessionStore,
  LegacySessionStore as upstashSessionStore,
  type LegacySessionStoreOptions,
} from "./lib/article-store/legacy-session-store.js";
