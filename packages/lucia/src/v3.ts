export type { LuciaAdapter, LuciaSession, LuciaUser } from "./lib/lucia-3.js";
export { RedisAdapter, type RedisAdapterOptions, redisSessions } from "./lib/redis-adapter.js";
export type { RedisSessions, SessionItem } from "./lib/sessions.js";
export type { Users } from "./lib/users.js";
