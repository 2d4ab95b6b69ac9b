export { RedisAdapter, RedisAdapter as UpstashRedisAdapter } from "./lib/adapter.js";
export type { RedisAdapterOptions } from "./lib/options.js";
export { type RedisSessions, redisSessions, type SessionItem } from "./lib/sessions.js";
export type {
  NewRedisUser,
  RedisAccount,
  RedisAuthAdapter,
  RedisAuthenticator,
  RedisSession,
  RedisUser,
  RedisVerificationToken,
} from "./lib/types.js";
