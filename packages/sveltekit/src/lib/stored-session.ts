import type { RecordModel } from "redis-keyspace";

/** How data becomes text and is read again, as `JSON` does it. */
export interface Serializer {
  stringify(data: unknown): string;
  parse(text: string): unknown;
}

/** A session of a store whose JSON holds the data and nothing else: it ends with its key. */
export interface StoredSession {
  /** What the serializer wrote. */
  readonly text: string;
  /** Whose it is; `null` where the stored text does not say. */
  readonly userId: string | null;
  /** When a session that is to be written ends; `null` for one that was read. */
  readonly expiresAt: Date | null;
}

const OWNER = "_keyspaceUserId";
const TEXT = "_keyspaceText";
const ownerMember = `"${OWNER}":`;
const textMember = `{"${TEXT}":`;

/**
 * Texts are stored as the replaced package stores them. The owner, where there is one, is the last member of the JSON
 * object, which that package's `parse` passes over:
 *
 *     {"email":"ada@example.com","_keyspaceUserId":"u1"}
 *
 * A text that is no JSON object is put into one: `{"_keyspaceText":"…","_keyspaceUserId":"u1"}`.
 *
 * @param ownerOf Whose a session is whose text does not say.
 */
export function storedSessionModel(ownerOf: (text: string) => string | null): RecordModel<StoredSession> {
  const userId = (session: StoredSession): string | null => session.userId ?? ownerOf(session.text);
  return {
    encode: (session) => withOwner(session.text, userId(session)),
    decode: (text) => withoutOwner(text),
    userId,
    userIdField: OWNER,
    expiresAt: ({ expiresAt }) => expiresAt,
    withExpiresAt: (session, expiresAt) => ({ ...session, expiresAt }),
  };
}

function withOwner(text: string, userId: string | null): string {
  if (userId === null) return text;
  const object = isObject(text) ? text : `${textMember}${JSON.stringify(text)}}`;
  return `${object.slice(0, -1)}${object === "{}" ? "" : ","}${ownerMember}${JSON.stringify(userId)}}`;
}

function withoutOwner(stored: string): StoredSession {
  const nobodys = { text: stored, userId: null, expiresAt: null };
  // Inside a string of JSON the quotes would have backslashes, so this is a member's name.
  const at = stored.endsWith('"}') ? stored.lastIndexOf(ownerMember) : -1;
  if (at < 1) return nobodys;
  const userId = parsed(stored.slice(at + ownerMember.length, -1));
  if (typeof userId !== "string") return nobodys;
  const object = at === 1 ? "{}" : `${stored.slice(0, at - 1)}}`;
  if (!object.startsWith(textMember)) return { text: object, userId, expiresAt: null };
  const text = parsed(object.slice(textMember.length, -1));
  return typeof text === "string" ? { text, userId, expiresAt: null } : nobodys;
}

/** Whether a text that was never stored has a member of a name that is ours, and could pass for another user's. */
export function hasReservedMember(text: string): boolean {
  if (withoutOwner(text).userId !== null) return true;
  if (!/_keyspace|\\u/.test(text)) return false;
  const value = parsed(text);
  return typeof value === "object" && value !== null && (Object.hasOwn(value, OWNER) || Object.hasOwn(value, TEXT));
}

function isObject(text: string): boolean {
  if (!text.startsWith("{") || !text.endsWith("}")) return false;
  const value = parsed(text);
  return typeof value === "object" && value !== null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
