export type { CodecContext, ValueCodec } from "./lib/codec.js";
export type { Driver, Script } from "./lib/driver.js";
export { runScript } from "./lib/driver.js";
export type { RedisClient } from "./lib/drivers/recognise.js";
export { KeyspaceError, type KeyspaceErrorCode } from "./lib/errors.js";
export { MAX_LIFETIME_MS, toDeadline } from "./lib/expiry.js";
export { randomId, sha256 } from "./lib/hash.js";
export { isId, MAX_ID_LENGTH } from "./lib/keys.js";
export type { RecordModel } from "./lib/models/record.js";
export { type SessionRecord, sessionModel } from "./lib/models/session.js";
export type { KeyKind, Observation, Observe } from "./lib/observe.js";
export type { StandardSchema } from "./lib/schema.js";
export {
  createRecordStore,
  type From,
  type Listed,
  type RecordStore,
  type TouchOptions,
  type UpdateOptions,
} from "./lib/store/record-store.js";
export {
  createSessionStore,
  type NewSession,
  type Session,
  type SessionChange,
  type SessionEntry,
  type SessionStore,
  type SessionStoreOptions,
} from "./lib/store/session-store.js";
export {
  type CommonOptions,
  commonOptionNames,
  type RecordStoreOptions,
  type StoreClient,
} from "./lib/store/store-options.js";
