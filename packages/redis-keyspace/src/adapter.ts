export { changedMembers, withMembers } from "./lib/adapter/changed-members.js";
export type { Layout, LayoutOptions, LayoutStore, LayoutStoreOptions, OtherKeys } from "./lib/adapter/layout.js";
export { ownCopy } from "./lib/adapter/own-copy.js";
export { type UserSessions, type UserSessionsMap, userSessions } from "./lib/adapter/user-sessions.js";
export { createRecordStore } from "./lib/create-record-store.js";
export { randomId, sha256 } from "./lib/hash.js";
export { checkPrefixes, isHashedId, isId, MAX_ID_LENGTH, toHashedId } from "./lib/keyspace.js";
export { isOperationKey } from "./lib/operation-keys.js";
export {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkKnown,
  checkNumber,
  checkOneOf,
  checkString,
} from "./lib/options.js";
export type { RecordStore } from "./lib/record-store.js";
export { parseObject } from "./lib/records/codec.js";
export { MAX_LIFETIME_MS, toDeadline } from "./lib/records/expiry.js";
export type { RecordModel } from "./lib/records/record-model.js";
export { checkSessionData } from "./lib/records/session-data.js";
export { type SessionRecord, sessionModel } from "./lib/records/session-model.js";
export { builtinModule } from "./lib/runtime.js";
export { deriveKey } from "./lib/sealing/keys.js";
export { checkSecrets, type Secrets } from "./lib/sealing/secrets.js";
export type { SessionItem } from "./lib/session-item.js";
export { sessionLayout } from "./lib/session-layout.js";
export {
  type CommonOptions,
  commonOptionNames,
  type From,
  type OptionNames,
  type RecordStoreOptions,
  type TouchOptions,
  type UpdateOptions,
} from "./lib/store-options.js";
export { createValueStore, type ValueStore, type ValueStoreOptions } from "./lib/value-store.js";
