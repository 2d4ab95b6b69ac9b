import { KeyspaceError } from "./redis/errors.js";

/** How many other writers of a record may come first before a change gives up. */
export const MAX_ATTEMPTS = 100;

/** Why a record is not stored, as an error. */
export function refusal(kind: "exists" | "limit" | "revoked" | "elapsed" | "conflict"): KeyspaceError {
  if (kind === "conflict") {
    return new KeyspaceError("ERR_SESSION_CONFLICT", `${MAX_ATTEMPTS} other writers changed the session first`);
  }
  if (kind === "exists") return new KeyspaceError("ERR_SESSION_EXISTS", "this session id is taken");
  if (kind === "limit") return new KeyspaceError("ERR_SESSION_LIMIT", "the user has as many sessions as allowed");
  if (kind === "elapsed") {
    return new KeyspaceError(
      "ERR_SESSION_EXPIRED",
      "the session would have ended by Redis's clock: this one is behind",
    );
  }
  return new KeyspaceError("ERR_SESSION_REVOKED", "the session was revoked before it was stored");
}
