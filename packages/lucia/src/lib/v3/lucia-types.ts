// What Lucia 3 expects, described by its shape: an application declares its own types in the module "lucia", and one that
// installs Lucia 2 has another module under that name.

/** What a user's id can be. One that is an object or a `bigint` has a text: register that as Lucia's `UserId`. */
export type LuciaUserId = string | number;

/** Lucia 3's `DatabaseSession`. */
export interface LuciaSession<UserId = string> {
  id: string;
  /** A string, or a number where the application registers that as its `UserId`. */
  userId: UserId;
  expiresAt: Date;
  /** What the application declares in `DatabaseSessionAttributes`: JSON, and `Date`s beside it. */
  attributes: object;
}

/** Lucia 3's `DatabaseUser`. */
export interface LuciaUser<UserId = string> {
  id: UserId;
  /** What the application declares in `DatabaseUserAttributes`. */
  attributes: object;
}

/** The part of another Lucia 3 adapter that users are found through. */
export interface LuciaAdapter<UserId = string> {
  getSessionAndUser(sessionId: string): Promise<[session: LuciaSession<UserId> | null, user: LuciaUser<UserId> | null]>;
  setSession(session: LuciaSession<UserId>): Promise<void>;
  deleteSession(sessionId: string): Promise<void>;
  deleteUserSessions(userId: UserId): Promise<void>;
}
