export type { SessionItem, UserSessions } from "redis-keyspace/adapter";
export type { LuciaAdapter, LuciaSession, LuciaUser, LuciaUserId } from "./lib/v3/lucia-types.js";
export type { RedisAdapterOptions } from "./lib/v3/options.js";
export { RedisAdapter } from "./lib/v3/redis-adapter.js";
export { type RedisLucia, redisLucia } from "./lib/v3/redis-lucia.js";
export type { Users } from "./lib/v3/users.js";
