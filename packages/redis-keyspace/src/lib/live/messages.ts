// What scripts tell on a store's channel (see `lua/variants.ts`): `[kind, stored ids, owner, former owner]` as JSON; an
// owner who is nobody, or not known, is an empty text. Never a session's data.
//
//   created    a session has begun
//   changed    its record or its end is another now; told where keys are not tracked
//   moved      it has another owner
//   revoked    it has ended: signed out, here or from elsewhere
//   rotated    the first id has ended, and the second is the session now
//   replaced   it has ended for another sign-in, because the user has as many sessions as allowed
//   user       the owner's own record is another now, or gone; told where keys are not tracked

const kinds = ["created", "changed", "moved", "revoked", "rotated", "replaced", "user"] as const;

export interface Message {
  readonly kind: (typeof kinds)[number];
  readonly storedIds: readonly string[];
  readonly owner: string | null;
  readonly formerOwner: string | null;
}

/** `null` for what is none: anybody who may publish there can. */
export function readMessage(text: string): Message | null {
  const json = parsed(text);
  if (!Array.isArray(json)) return null;
  const [kind, storedIds, owner, formerOwner] = json as unknown[];
  if (!isKind(kind) || !isTexts(storedIds) || typeof owner !== "string" || typeof formerOwner !== "string") return null;
  return { kind, storedIds, owner: owner || null, formerOwner: formerOwner || null };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isKind(kind: unknown): kind is Message["kind"] {
  return kinds.some((known) => known === kind);
}

function isTexts(texts: unknown): texts is string[] {
  return Array.isArray(texts) && texts.every((text) => typeof text === "string");
}
