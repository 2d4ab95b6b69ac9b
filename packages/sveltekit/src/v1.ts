export {
  PublishedSessionStore as IoRedisSessionStore,
  PublishedSessionStore as RedisSessionStore,
  PublishedSessionStore as upstashSessionStore,
  type PublishedSessionStoreOptions,
} from "./lib/published-names.js";
