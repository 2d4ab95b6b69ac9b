import type { Observer } from "../observe.js";

/**
 * Encrypts record values at rest: `seal` of `redis-keyspace/sealing`, or one of your own that does authenticated encryption
 * with a well-kept library and can open what its former keys sealed. The owner and the deadlines of a record stay
 * readable (the index and the TTL show them anyway); everything else is sealed. An absolute end is sealed with it: a later
 * one outside has no effect.
 */
export interface ValueCodec {
  /**
   * @param text The record, as JSON.
   * @param context What the text belongs to. Bind all of it, as additional authenticated data or as a claim: then a value
   *   that somebody copies to another key, or gives another owner, is no session.
   */
  seal(text: string, context: CodecContext): string | Promise<string>;
  /** The text, or `null` for what is damaged, forged, or sealed in another context or with a key that is gone. */
  open(sealed: string, context: CodecContext): string | null | Promise<string | null>;
  /**
   * For observers, of what it could not open: whether it has the key that the text names. Default: nobody knows.
   */
  knows?(sealed: string): boolean;
}

export interface CodecContext {
  /** The owner of the record; `null` for a session of nobody. */
  readonly userId: string | null;
  /** The id in the record's key: with `hashIds` its hash, else the session's id, which is a secret. */
  readonly storedId: string;
}

/** Tells an observer of what a codec could not open. */
export function tellUnopened(incident: Observer["incident"], codec: ValueCodec, sealed: string): void {
  if (incident === undefined) return;
  const isKnown = codec.knows?.(sealed) ?? true;
  incident({ kind: "unseal", outcome: isKnown ? "refused" : "unknown-key" });
}

/** A JSON object, or `null` for anything else. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
