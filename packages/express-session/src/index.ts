export type { RedisStoreOptions, Serializer } from "./lib/options.js";
export { RedisStore, RedisStore as default } from "./lib/redis-store.js";
