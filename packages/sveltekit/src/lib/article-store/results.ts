import { KeyspaceError } from "redis-keyspace";

/**
 * What a session store answers with. Compare these, not the messages.
 *
 * - `no-session`: there is no cookie.
 * - `bad-cookie`: the cookie was not made by this store: forged, damaged, or signed with a secret that is gone.
 * - `expired`: the cookie is right, and its session has ended or was signed out.
 * - `unavailable`: Redis could not say. The visitor may well be signed in: keep the cookie.
 * - `unreadable`: the serializer cannot read what is stored.
 * - `invalid`: the data, key or user id that was given cannot be stored.
 * - `exists`: the key that was given is taken.
 * - `limit`: the user has as many sessions as allowed, and `whenFull` is `reject`.
 * - `revoked`: a simultaneous sign-out everywhere won.
 * - `conflict`: a hundred other writers came first.
 * - `too-late`: the response has been generated, and cannot have a cookie. A new session is ended again.
 */
export type SessionErrorCode =
  | "no-session"
  | "bad-cookie"
  | "expired"
  | "unavailable"
  | "unreadable"
  | "invalid"
  | "exists"
  | "limit"
  | "revoked"
  | "conflict"
  | "too-late";

export interface SessionFailure {
  readonly data: null;
  readonly error: true;
  /** For people. Never contains a session id. */
  readonly message: string;
  readonly code: SessionErrorCode;
  /** Why Redis could not, for a log. Without ids, keys and values. */
  readonly cause?: KeyspaceError | undefined;
}

export interface SessionSuccess<Data> {
  readonly data: Data;
  readonly error: false;
  readonly message: string;
  readonly code: "ok";
}

export type SessionResult<Data> = SessionSuccess<Data> | SessionFailure;

export function success<Data>(data: Data, message: string): SessionSuccess<Data> {
  return { data, error: false, message, code: "ok" };
}

const messages: Readonly<Record<Exclude<SessionErrorCode, "unavailable" | "invalid">, string>> = {
  "no-session": "There is no session cookie.",
  "bad-cookie": "The session cookie is not valid.",
  expired: "The session has ended.",
  unreadable: "The session data cannot be read.",
  exists: "This session key is taken.",
  limit: "The user has as many sessions as allowed.",
  revoked: "The user was signed out everywhere meanwhile.",
  "too-late": "The response has been generated, so the session cookie cannot be set any more.",
  conflict: "Too many others changed the session at the same time.",
};

export function failure(code: keyof typeof messages): SessionFailure {
  return { data: null, error: true, message: messages[code], code };
}

export function invalid(message: string): SessionFailure {
  return { data: null, error: true, message, code: "invalid" };
}

/** The cookie could not be set: the response has been generated. */
export class TooLate extends Error {}

/** What Redis or the store refuses, as an answer. Anything else is a mistake in code, and thrown. */
export function refusal(error: unknown): SessionFailure {
  if (error instanceof TooLate) return failure("too-late");
  if (!(error instanceof KeyspaceError)) throw error;
  switch (error.code) {
    case "ERR_SESSION_EXISTS":
      return failure("exists");
    case "ERR_SESSION_LIMIT":
      return failure("limit");
    case "ERR_SESSION_REVOKED":
      return failure("revoked");
    case "ERR_SESSION_CONFLICT":
      return failure("conflict");
    case "ERR_SESSION_INVALID":
      return invalid(error.message);
    default:
      return { data: null, error: true, message: `${error.message}.`, code: "unavailable", cause: error };
  }
}

export async function answered<Data>(work: () => Promise<SessionResult<Data>>): Promise<SessionResult<Data>> {
  try {
    return await work();
  } catch (error) {
    return refusal(error);
  }
}
