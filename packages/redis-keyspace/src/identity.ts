export type { Json } from "./lib/identity/json.js";
export type { LinkOptions, Links } from "./lib/identity/links.js";
export {
  createIdentityStore,
  type IdentityStore,
  type IdentityStoreOptions,
  type UserSessionOptions,
} from "./lib/identity/store.js";
export type { Token, Tokens } from "./lib/identity/tokens.js";
export type { UserSessionModel, UserSessionStore } from "./lib/identity/user-sessions.js";
export type { NewUser, Users } from "./lib/identity/users.js";
export type { WithUser } from "./lib/identity/with-user.js";
