export type { SessionItem, UserSessions } from "redis-keyspace/adapter";
export type { UserAccounts, UserAuthenticators } from "./lib/links-of-user.js";
export type { RedisAdapterOptions, RedisSessionsOptions } from "./lib/options.js";
export {
  RedisAdapter,
  RedisAdapter as UpstashRedisAdapter,
  type RedisAuth,
  type RedisAuthSessions,
  redisAuth,
  redisAuthSessions,
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
export type { SessionAdapter, UsersAdapter } from "./lib/users-elsewhere.js";
