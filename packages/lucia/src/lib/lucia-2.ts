import type { RecordModel } from "redis-keyspace";

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
  /** `null` for an id that is unknown, ended or malformed. Never takes a handle. */
  readonly getSession: <Session extends LuciaSession>(sessionId: string) => Promise<Session | null>;
  /** With `hashIds`, the id of each is a handle. */
  readonly getSessionsByUserId: <Session extends LuciaSession>(userId: string) => Promise<Session[]>;
  /**
   * @throws {LuciaError} `AUTH_INVALID_SESSION_ID` for an id that is taken or cannot be one, `AUTH_INVALID_USER_ID` for a
   *   user that the user adapter does not know.
   * @throws {KeyspaceError} `ERR_SESSION_LIMIT` (with `whenFull: "reject"`), `ERR_SESSION_REVOKED`
   */
  readonly setSession: (session: Loose<LuciaSession>) => Promise<void>;
  /** Never brings back a session that is gone. */
  readonly updateSession: (sessionId: string, partialSession: Partial<Loose<LuciaSession>>) => Promise<void>;
  /** Takes an id or a handle. */
  readonly deleteSession: (sessionId: string) => Promise<void>;
  readonly deleteSessionsByUserId: (userId: string) => Promise<void>;
}

/** Some databases answer with big integers, which JSON has not. */
type Loose<Session extends LuciaSession> = Omit<Session, Instant> & { readonly [Name in Instant]: number | bigint };
type Instant = "active_expires" | "idle_expires";

export type LuciaErrorConstructor = new (
  message: "AUTH_INVALID_SESSION_ID" | "AUTH_INVALID_USER_ID",
  detail?: string,
) => Error;

/** The same session in numbers. */
export function toRecord(session: Loose<LuciaSession>): LuciaSession {
  return {
    ...session,
    active_expires: Number(session.active_expires),
    idle_expires: Number(session.idle_expires),
  };
}

/** The session with the change in it. Its id stays, and so does what every session has where the change gives nothing. */
export function merged(session: LuciaSession, change: Partial<Loose<LuciaSession>>): LuciaSession {
  const { user_id = session.user_id, active_expires, idle_expires } = change;
  return toRecord({
    ...session,
    ...change,
    id: session.id,
    user_id,
    active_expires: active_expires ?? session.active_expires,
    idle_expires: idle_expires ?? session.idle_expires,
  });
}

/**
 * A session as `@lucia-auth/adapter-session-redis` stores it, byte for byte:
 *
 *     {"id":"…","user_id":"…","active_expires":1763720000000,"idle_expires":1764929600000,…attributes}
 *
 * With hashed ids the `id` is left out. A record is of one kind or the other, so that a hash can never be used as an id
 * after the option was turned off.
 */
export function luciaModel(hashIds: boolean): RecordModel<LuciaSession> {
  return {
    encode: (session) => JSON.stringify(hashIds ? { ...session, id: undefined } : session),
    decode(text, id) {
      const session = parse(text);
      if (session === null || session["id"] !== (hashIds ? undefined : id)) return null;
      const { user_id, active_expires, idle_expires } = session;
      if (typeof user_id !== "string" || typeof active_expires !== "number" || typeof idle_expires !== "number") {
        return null;
      }
      return { ...session, id, user_id, active_expires, idle_expires };
    },
    userId: (session) => session.user_id,
    userIdField: "user_id",
    expiresAt: (session) => session.idle_expires,
    withExpiresAt: (session, expiresAt) => ({ ...session, idle_expires: expiresAt.getTime() }),
  };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
