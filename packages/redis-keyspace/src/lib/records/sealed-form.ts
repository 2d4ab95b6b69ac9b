import { parseObject } from "./codec.js";
import { headerPattern } from "./header.js";

/** What stands in Redis of a sealed record. */
interface Envelope {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly endsAt: number | null;
  readonly userId: string | null;
  readonly sealed: string;
}

/** How an envelope is written, so that scripts find in it what they read and change. */
export interface SealedForm {
  /** Whether it starts with a header, where scripts move the ends. */
  readonly hasHeader: boolean;
  write(envelope: Envelope): string;
  /** `null` for what is none. */
  read(value: string): Envelope | null;
  /** Whether a codec sealed it. To a store without a codec it is no record, though it is JSON. */
  isSealed(value: string): boolean;
}

const sealedHeader = new RegExp(`${headerPattern},"sealed":"`);

/** `{"expiresAt":…,"endsAt":…,"userId":…,"sealed":…}`: see `header.ts`. */
export const headerForm: SealedForm = {
  hasHeader: true,
  write: ({ expiresAt, endsAt, userId, sealed }) => JSON.stringify({ expiresAt, endsAt, userId, sealed }),
  read(value) {
    const json = parseObject(value);
    if (json === null || typeof json["sealed"] !== "string" || typeof json["expiresAt"] !== "number") return null;
    const { endsAt, userId } = json;
    return {
      expiresAt: json["expiresAt"],
      endsAt: typeof endsAt === "number" ? endsAt : null,
      userId: typeof userId === "string" ? userId : null,
      sealed: json["sealed"],
    };
  },
  // A text in which the word is nowhere needs no closer look, which takes longer than to parse it.
  isSealed: (value) => value.includes(',"sealed":"') && sealedHeader.test(value),
};
