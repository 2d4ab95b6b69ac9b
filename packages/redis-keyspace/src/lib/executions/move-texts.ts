import { closeAt, openAfter, readHeader } from "../records/header.js";
import type { Reseal } from "../records/record-model.js";

/** Which record gets which id, and for how long the former one can still be read. */
export interface Rotation {
  readonly storedId: string;
  readonly newStoredId: string;
  readonly graceMs: number;
}

interface Move extends Rotation {
  readonly value: string;
  readonly deadline: number;
  readonly reseal: Reseal | undefined;
}

/** What a rotation writes. */
export interface MoveTexts {
  /** Under the new id. */
  readonly moved: string;
  /** Under the former id, if it has a grace, and until when. */
  readonly closed?: string;
  readonly graceEnd?: string;
  /** Without a grace: the record by what it names, which ends too. */
  readonly ended?: string;
  /** It gets its own former id back, which is closed and still there. */
  readonly back?: "1";
}

/** `null` for a record without a header, which has no place for a grace. */
export async function textsOfMove(move: Move): Promise<MoveTexts | null> {
  const { value, deadline, storedId, newStoredId, graceMs, reseal } = move;
  const header = readHeader(value);
  const text = reseal === undefined ? value : await reseal(value, storedId, newStoredId);
  if (text === null) return null;
  if (graceMs === 0) {
    if (header === null) return { moved: text };
    const moved = openAfter(text, null);
    if (header.former?.storedId === newStoredId) return { moved, back: "1" };
    return header.former === null ? { moved } : { moved, ended: openAfter(value, header.former) };
  }
  if (header === null) return null;
  const endsAt = Math.min(Date.now() + graceMs, deadline);
  return {
    moved: openAfter(text, { storedId, endsAt }),
    closed: closeAt(value, endsAt, newStoredId),
    graceEnd: String(endsAt),
  };
}
