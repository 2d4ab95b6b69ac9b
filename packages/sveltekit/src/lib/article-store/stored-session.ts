import { parseObject, type RecordModel } from "redis-keyspace/adapter";

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
    endsWithKey: true,
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
  const userId = parsedText(stored.slice(at + ownerMember.length, -1));
  if (userId === null) return nobodys;
  const object = at === 1 ? "{}" : `${stored.slice(0, at - 1)}}`;
  if (!object.startsWith(textMember)) return { text: object, userId, expiresAt: null };
  const text = parsedText(object.slice(textMember.length, -1));
  return text === null ? nobodys : { text, userId, expiresAt: null };
}

/** Whether a text that was never stored has a member of a name that is ours, and could pass for another user's. */
export function hasReservedMember(text: string): boolean {
  if (withoutOwner(text).userId !== null) return true;
  if (!/_keyspace|\\u/.test(text)) return false;
  const object = parseObject(text);
  return object !== null && (Object.hasOwn(object, OWNER) || Object.hasOwn(object, TEXT));
}

/** A JSON object without spaces around it, so that a member can be put at its end. */
function isObject(text: string): boolean {
  return text.startsWith("{") && text.endsWith("}") && parseObject(text) !== null;
}

/** The text of a JSON string; `null` for any other JSON. */
function parsedText(json: string): string | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}
