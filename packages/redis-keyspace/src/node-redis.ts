export { type NodeRedisClient, type NodeRedisCluster, nodeRedisDriver } from "./lib/drivers/node-redis.js";
