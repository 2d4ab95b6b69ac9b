export type { RedisStorageOptions } from "./lib/options.js";
export { type RedisStorage, redisStorage } from "./lib/redis-storage.js";
export type { ListedSession } from "./lib/session-model.js";
