export type { SessionItem, UserSessions } from "redis-keyspace/adapter";
export type { LuciaErrorConstructor, LuciaSession, LuciaSessionAdapter } from "./lib/v2/lucia-types.js";
export type { RedisLuciaOptions, RedisOptions, RedisPrefixes } from "./lib/v2/options.js";
export {
  type RedisLucia,
  redis as default,
  redis,
  redis as ioredis,
  redis as upstash,
  redisLucia,
} from "./lib/v2/redis-lucia.js";
