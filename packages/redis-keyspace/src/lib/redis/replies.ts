import { KeyspaceError } from "./errors.js";

// What a client hands back is looked at before it is believed: an answer that is none must not be taken for a session
// that is not there.

/** What Redis says to each command between MULTI and EXEC. */
const QUEUED = "QUEUED";

/** The reply to a GET. */
export function checkedText(reply: unknown): string | null {
  if (reply === QUEUED) throw insideMulti();
  if (reply !== null && typeof reply !== "string") throw unexpected();
  return reply;
}

/** A reply of texts, of any number. */
export function checkedTexts(reply: unknown): (string | null)[] {
  if (reply === QUEUED) throw insideMulti();
  if (!Array.isArray(reply) || !reply.every((value) => value === null || typeof value === "string")) throw unexpected();
  return reply;
}

/** What a driver answers to `getMany`. */
export function checkedTextsOrErrors(
  reply: unknown,
  count: number,
  errorOf: (error: unknown) => Error,
): (string | null | Error)[] {
  if (reply === QUEUED) throw insideMulti();
  if (!Array.isArray(reply) || reply.length !== count) throw unexpected();
  return reply.map((value) => (value instanceof Error ? errorOf(value) : checkedText(value)));
}

/** The reply to a script, which looks at the rest itself. */
export function checkedReply(reply: unknown): unknown {
  if (reply === QUEUED) throw insideMulti();
  return reply;
}

/** Clients with callbacks answer at once, with nothing. */
export function promised<Reply>(sent: Promise<Reply>): Promise<Reply> {
  if (typeof (sent as Partial<Promise<Reply>> | undefined)?.then === "function") return sent;
  throw new KeyspaceError(
    "ERR_REDIS_REPLY",
    "the client answers with no promise: a legacy client, one with callbacks or a MULTI cannot be used",
  );
}

function insideMulti(): KeyspaceError {
  return new KeyspaceError("ERR_REDIS_REPLY", "the client is inside a MULTI: give the store a client of its own");
}

function unexpected(): KeyspaceError {
  return new KeyspaceError("ERR_REDIS_REPLY", "the answer is not one of Redis");
}
