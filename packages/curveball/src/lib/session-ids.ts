import { randomBytes } from "node:crypto";
import { isHashedId } from "redis-keyspace/adapter";

/**
 * Ids have one of two lengths and no character of a prefix's end can be taken for theirs, so stores whose prefixes
 * contain one another (`session` and `session-admin`) have no key in common.
 */
const possible = /^(?:[\w-]{43}|[A-Za-z0-9+/]{43}=)$/;

/** Whether this can be a session id: 32 bytes in base64url, as ours are, or in base64, as `@curveball/session-redis` has. */
export function isSessionId(id: unknown): id is string {
  return typeof id === "string" && possible.test(id);
}

/** Whether `list` can have given this out: an id, or with `hashIds` its hash. */
export function isHandle(handle: unknown): handle is string {
  return isSessionId(handle) || isHashedId(handle);
}

/** 43 characters that need no escaping in a cookie. */
export function newSessionId(): string {
  return randomBytes(32).toString("base64url");
}
