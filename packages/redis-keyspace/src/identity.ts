export { createIdentityStore, type IdentityStore } from "./lib/identity/identity-store.js";
export type { IdentityStoreOptions, Json, LinkOptions, OfUser } from "./lib/identity/layout.js";
export type { LinkModel } from "./lib/identity/links.js";
export type { Token, TokenModel } from "./lib/identity/tokens.js";
export type { NewUser, UserModel } from "./lib/identity/users.js";
export { checkPrefixes } from "./lib/keys.js";
export { checkKnown } from "./lib/options.js";
export {
  createOwnedRecordStore,
  type Owned,
  type OwnedRecordModel,
  type OwnedRecordStore,
  type OwnedRecordStoreOptions,
} from "./lib/store/owned-record-store.js";
