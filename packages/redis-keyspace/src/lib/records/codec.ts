import { headerPattern } from "./header.js";

/**
 * Encrypts record values at rest. Give one that does authenticated encryption with a well-kept library and that can
 * open what its former keys sealed. The owner and the deadlines of a record stay readable (the index and the TTL show
 * them anyway); everything else is sealed. An absolute end is sealed with it: a later one outside has no effect.
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
  /** Whether it has the key that a text was sealed with, for observers. Default: nobody knows. */
  knows?(sealed: string): boolean;
}

export interface CodecContext {
  /** The owner of the record; `null` for a session of nobody. */
  readonly userId: string | null;
  /** The id in the record's key: with `hashIds` its hash, else the session's id, which is a secret. */
  readonly storedId: string;
}

/** How a sealed record stands in Redis: with the header that scripts read and change, see `header.ts`. */
interface Envelope {
  expiresAt: number;
  endsAt: number | null;
  userId: string | null;
  sealed: string;
}

export function writeEnvelope(envelope: Envelope): string {
  const { expiresAt, endsAt, userId, sealed } = envelope;
  return JSON.stringify({ expiresAt, endsAt, userId, sealed });
}

export function readEnvelope(value: string): Envelope | null {
  const json = parseObject(value);
  if (json === null || typeof json["sealed"] !== "string" || typeof json["expiresAt"] !== "number") return null;
  const { endsAt, userId } = json;
  return {
    expiresAt: json["expiresAt"],
    endsAt: typeof endsAt === "number" ? endsAt : null,
    userId: typeof userId === "string" ? userId : null,
    sealed: json["sealed"],
  };
}

const envelope = new RegExp(`${headerPattern},"sealed":"`);

/** Whether a codec sealed it. To a store without a codec it is no record, though it is JSON. */
export function isSealed(value: string): boolean {
  return envelope.test(value);
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
