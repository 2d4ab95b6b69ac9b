// What Lucia 2 expects, described by its shape: its own types are not those of Lucia 3, and an application that installs
// one major has no other.

/** Lucia 2's `SessionSchema`, with the application's own attributes beside these. */
export interface LuciaSession {
  readonly id: string;
  readonly user_id: string;
  /** Epoch milliseconds after which Lucia renews it. */
  readonly active_expires: number;
  /** Epoch milliseconds at which it ends. */
  readonly idle_expires: number;
}

/**
 * Lucia 2's `SessionAdapter`. `Session` is what the application declares in `Lucia.DatabaseSessionAttributes`, which
 * TypeScript takes from where the adapter is used. Every method rejects with a `KeyspaceError` when Redis cannot do it.
 */
export interface LuciaSessionAdapter {
  /** `null` for an id that is unknown, ended or malformed, and for a handle. */
  readonly getSession: <Session extends LuciaSession>(sessionId: string) => Promise<Session | null>;
  /** The user's live sessions, the most recently used first. With `hashIds`, the id of each is a handle. */
  readonly getSessionsByUserId: <Session extends LuciaSession>(userId: string) => Promise<Session[]>;
  /**
   * @throws {LuciaError} `AUTH_INVALID_SESSION_ID` for an id that is taken or cannot be one, `AUTH_INVALID_USER_ID` for a
   *   user that the user adapter does not know.
   * @throws {KeyspaceError} `ERR_SESSION_LIMIT` (with `whenFull: "reject"`), `ERR_SESSION_REVOKED`
   */
  readonly setSession: (session: WithBigInts<LuciaSession>) => Promise<void>;
  /** Never brings back a session that is gone. */
  readonly updateSession: (sessionId: string, partialSession: Partial<WithBigInts<LuciaSession>>) => Promise<void>;
  /** Takes an id or a handle. */
  readonly deleteSession: (sessionId: string) => Promise<void>;
  readonly deleteSessionsByUserId: (userId: string) => Promise<void>;
}

type Instant = "active_expires" | "idle_expires";

/** Some databases answer with big integers, which JSON has not. */
export type WithBigInts<Session extends LuciaSession> = Omit<Session, Instant> & {
  readonly [Name in Instant]: number | bigint;
};

export type LuciaErrorConstructor = new (
  message: "AUTH_INVALID_SESSION_ID" | "AUTH_INVALID_USER_ID",
  detail?: string,
) => Error;
