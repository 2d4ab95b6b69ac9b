// What Auth.js calls, described by shape. next-auth 4 and @auth/core 0.41 declare these types for themselves, and their
// users add members to them; the methods are generic so that what was added goes through.
//
// https://authjs.dev/reference/core/adapters

export interface RedisUser {
  id: string;
  email: string;
  emailVerified: Date | null;
  name?: string | null;
  image?: string | null;
}

/** @auth/core gives a new user an id, next-auth 4 leaves it to the adapter. */
export interface NewRedisUser {
  id?: string;
  email?: string | null;
}

export interface RedisAccount {
  userId: string;
  provider: string;
  providerAccountId: string;
}

export interface RedisSession {
  sessionToken: string;
  userId: string;
  expires: Date;
}

export interface RedisVerificationToken {
  identifier: string;
  token: string;
  expires: Date;
}

export interface RedisAuthenticator {
  userId: string;
  credentialID: string;
  counter: number;
}

type Name = Pick<RedisAccount, "provider" | "providerAccountId">;

/**
 * Every method that next-auth 4.24 and @auth/core 0.41 know. Each is one round trip. Each rejects with a `KeyspaceError`
 * when Redis cannot do it; what is missing, has ended or is malformed is `null`.
 */
export interface RedisAuthAdapter {
  /** @throws {KeyspaceError} `ERR_USER_EXISTS` if the id or the e-mail address is taken. */
  createUser<User extends NewRedisUser>(user: User): Promise<User & { id: string }>;
  getUser<User = RedisUser>(id: string): Promise<User | null>;
  getUserByEmail<User = RedisUser>(email: string): Promise<User | null>;
  getUserByAccount<User = RedisUser>(account: Name): Promise<User | null>;
  /**
   * Changes the members that are given and leaves those that are `undefined`.
   *
   * @throws {KeyspaceError} `ERR_USER_NOT_FOUND`; `ERR_USER_EXISTS` if the e-mail address is another user's.
   */
  updateUser<User extends { id: string } = RedisUser>(user: Partial<User> & Pick<User, "id">): Promise<User>;
  /** Deletes a user with every session, account, authenticator and e-mail token. */
  deleteUser(userId: string): Promise<void>;
  /** @throws {KeyspaceError} `ERR_LINK_EXISTS` if the account is another user's, `ERR_USER_NOT_FOUND`. */
  linkAccount<Account extends RedisAccount>(account: Account): Promise<Account>;
  unlinkAccount(account: Name): Promise<void>;
  getAccount<Account = RedisAccount>(providerAccountId: string, provider: string): Promise<Account | null>;
  /**
   * A session that has ended is not stored.
   *
   * @throws {KeyspaceError} `ERR_SESSION_REVOKED` if the user is gone, `ERR_SESSION_EXISTS`, `ERR_SESSION_LIMIT`
   */
  createSession<Session extends RedisSession>(session: Session): Promise<Session>;
  /** No round trip for what a `cache` has. */
  getSessionAndUser<Session = RedisSession, User = RedisUser>(
    sessionToken: string,
  ): Promise<{ session: Session; user: User } | null>;
  /**
   * Never brings back a session that is gone.
   *
   * @throws {KeyspaceError} `ERR_SESSION_LIMIT` for a new owner.
   */
  updateSession<Session extends RedisSession = RedisSession>(
    session: Partial<Session> & Pick<Session, "sessionToken">,
  ): Promise<Session | null>;
  /** Returns what was deleted. */
  deleteSession(sessionToken: string): Promise<RedisSession | null>;
  createVerificationToken<Token extends RedisVerificationToken>(token: Token): Promise<Token>;
  /** Of all who ask for a token, one gets it. */
  useVerificationToken<Token = RedisVerificationToken>(token: {
    identifier: string;
    token: string;
  }): Promise<Token | null>;
  getAuthenticator<Authenticator = RedisAuthenticator>(credentialID: string): Promise<Authenticator | null>;
  /** @throws {KeyspaceError} `ERR_LINK_EXISTS` if the credential is another user's, `ERR_USER_NOT_FOUND`. */
  createAuthenticator<Authenticator extends RedisAuthenticator>(authenticator: Authenticator): Promise<Authenticator>;
  listAuthenticatorsByUserId<Authenticator = RedisAuthenticator>(userId: string): Promise<Authenticator[]>;
  /** @throws {KeyspaceError} `ERR_LINK_NOT_FOUND` */
  updateAuthenticatorCounter<Authenticator = RedisAuthenticator>(
    credentialID: string,
    newCounter: number,
  ): Promise<Authenticator>;
}
