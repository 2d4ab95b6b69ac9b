export type { Driver, Script } from "./lib/redis/driver.js";
export { runScript } from "./lib/redis/driver.js";
export { type IoRedisClient, ioRedisDriver } from "./lib/redis/ioredis.js";
export { type NodeRedisClient, type NodeRedisCluster, nodeRedisDriver } from "./lib/redis/node-redis.js";
export { type UpstashClient, upstashDriver } from "./lib/redis/upstash.js";
