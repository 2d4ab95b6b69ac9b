export { RedisAdapter, UpstashRedisAdapter } from "./lib/adapter.js";
export type { RedisAdapterOptions } from "./lib/options.js";
export { type RedisSessions, redisSessions, type SessionItem } from "./lib/sessions.js";
export type {
  RedisAccount,
  RedisAuthAdapter,
  RedisAuthenticator,
  RedisSession,
  RedisUser,
  RedisVerificationToken,
} from "./lib/types.js";
