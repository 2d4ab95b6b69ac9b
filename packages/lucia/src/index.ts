export type { LuciaErrorConstructor, LuciaSession, LuciaSessionAdapter } from "./lib/lucia-2.js";
export {
  type RedisOptions,
  type RedisPrefixes,
  type RedisSessionsOptions,
  redis as default,
  redis,
  redis as ioredis,
  redis as upstash,
  redisSessions,
} from "./lib/redis.js";
export type { RedisSessions, SessionItem } from "./lib/sessions.js";
