import { parseObject, type RecordModel } from "redis-keyspace/adapter";

/** What a stored text says of itself, sealed or not. */
export interface Facts {
  /** The header, or all of a text that has none: what changes when the session does. */
  readonly head: string;
  /** `null`: nobody's, or it does not say. */
  readonly userId: string | null;
  /** In epoch milliseconds; `null`: it ends with its key. */
  readonly deadline: number | null;
  /** Whether a rotation has left it, for a moment: no session by itself. */
  readonly isFormer: boolean;
}

/** How much of a record with a header is read: enough for all owners but those with very long ids. */
export const HEAD_LENGTH = 512;

/** See `docs/keyspace.md`, "The record". */
const header = /^(\{"expiresAt":(\d+),"endsAt":(\d+|null),"userId":(null|"(?:[^"\\]|\\.)*"))(,"successor":)?/;

/** The facts in a text or, of a record with a header, in its beginning. `null`: it is no session of this model. */
export function factsIn(text: string, storedId: string, model: RecordModel<unknown>): Facts | null {
  const [, head, expiresAt, endsAt, user, successor] = header.exec(text) ?? [];
  const isOurs = model.header === true || text.includes(',"sealed":"');
  if (head !== undefined && user !== undefined && isOurs) {
    return {
      head,
      userId: JSON.parse(user) as string | null,
      deadline: Math.min(Number(expiresAt), endsAt === "null" ? Number.POSITIVE_INFINITY : Number(endsAt)),
      isFormer: successor !== undefined,
    };
  }
  const record = model.decode(text, storedId);
  if (record === null) return sealedFacts(text);
  const ends = [model.expiresAt(record), model.absoluteExpiresAt?.(record) ?? null].flatMap((end) =>
    end === null ? [] : [Number(end)],
  );
  const deadline = ends.length === 0 ? null : Math.min(...ends);
  return { head: text, userId: model.userId(record), deadline, isFormer: false };
}

/** `{"userId":"u1","expires":"2026-01-01T00:00:00.000Z","sealed":"…"}`: NextAuth's sessions with a codec. */
function sealedFacts(text: string): Facts | null {
  if (!text.includes('"sealed":"')) return null;
  const { userId, expires, sealed } = parseObject(text) ?? {};
  const deadline = Date.parse(String(expires));
  if (typeof sealed !== "string" || typeof userId !== "string" || Number.isNaN(deadline)) return null;
  return { head: text, userId, deadline, isFormer: false };
}
