export { type IoRedisClient, ioRedisDriver } from "./lib/drivers/ioredis.js";
