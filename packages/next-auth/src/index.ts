export type { SessionItem, UserSessions } from "redis-keyspace/adapter";
export type { RedisAdapterOptions } from "./lib/options.js";
export {
  RedisAdapter,
  RedisAdapter as UpstashRedisAdapter,
  type RedisAuth,
  redisAuth,
  redisSessions,
} from "./lib/redis-auth.js";
export type {
  NewRedisUser,
  RedisAccount,
  RedisAuthAdapter,
  RedisAuthenticator,
  RedisSession,
  RedisUser,
  RedisVerificationToken,
} from "./lib/types.js";
