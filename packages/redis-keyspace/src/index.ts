export type { StoreClient } from "./lib/executions/choose.js";
export { randomId } from "./lib/hash.js";
export type {
  CacheOptions,
  EndReason,
  SessionEvent,
  SessionStream,
  SessionWatcher,
  UserWatcher,
} from "./lib/live/session-stream.js";
export type { Incident, KeyKind, Observation, Observe, Observer, Topology } from "./lib/observe.js";
export type { CodecContext, ValueCodec } from "./lib/records/codec.js";
export type { Jsonable } from "./lib/records/json.js";
export type { StandardSchema } from "./lib/records/schema.js";
export type { SessionRecord } from "./lib/records/session-model.js";
export type { RedisClient } from "./lib/redis/detect.js";
export { KeyspaceError, type KeyspaceErrorCode } from "./lib/redis/errors.js";
export type { SessionItem } from "./lib/session-item.js";
export { createSessionStore } from "./lib/session-store.js";
export type { DataOf, NewSession, Session, SessionChange, SessionStore, SessionStoreOptions } from "./lib/sessions.js";
export type { CommonOptions, MigratingFrom } from "./lib/store-options.js";
