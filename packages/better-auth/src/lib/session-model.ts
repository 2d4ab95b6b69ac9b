import { changedMembers, parseObject, type RecordModel, withMembers } from "redis-keyspace/adapter";

type Members = Readonly<Record<string, unknown>>;

/** A session in Redis: what better-auth stored, as text and as what it says. */
export interface StoredSession {
  readonly text: string;
  readonly session: Members;
  readonly user: Members | null;
}

/** A session as it is listed: as better-auth stored it, dates as ISO texts, without its token. */
export interface ListedSession {
  readonly session: Members;
  readonly user: Members | null;
}

/** A session as `@better-auth/redis-storage` stores it, byte for byte: `{"session":{…,"token":…},"user":{…}}`. */
export const sessionModel: RecordModel<StoredSession> = {
  encode: ({ text }) => text,
  decode: readSession,
  userId: ({ session }) => String(session["userId"]),
  userIdField: "",
  expiresAt: ({ session }) => new Date(String(session["expiresAt"])),
  withExpiresAt(stored, expiresAt) {
    if (Number(new Date(String(stored.session["expiresAt"]))) === expiresAt.getTime()) return stored;
    return written({ ...stored.session, expiresAt: expiresAt.toISOString() }, stored.user);
  },
};

/** The session in a text, or `null` for what is none. */
export function readSession(text: string): StoredSession | null {
  const { session, user } = parseObject(text) ?? {};
  if (!isObject(session)) return null;
  const { token, userId, expiresAt } = session;
  const isWhole = typeof token === "string" && (typeof userId === "string" || typeof userId === "number");
  if (!isWhole || Number.isNaN(Number(new Date(String(expiresAt))))) return null;
  return { text, session, user: isObject(user) ? user : null };
}

/**
 * A session with what a request changed in it, where another request may have changed it meanwhile. better-auth stores a
 * session with a changed `session` and the `user` that it read, or the other way round.
 *
 * @param versions The session as requests have read it, the latest first. None: nobody knows, so all of it counts as changed.
 */
export function changed(found: StoredSession, versions: readonly StoredSession[], after: StoredSession): StoredSession {
  const isSame = (one: Members | null, other: Members | null): boolean => JSON.stringify(one) === JSON.stringify(other);
  if (versions.some(({ session }) => isSame(session, after.session))) return written(found.session, after.user);
  const before = versions.find(({ user }) => isSame(user, after.user));
  if (before === undefined) return after;
  const names = changedMembers(before.session, after.session);
  return written(withMembers(names, after.session, found.session), found.user);
}

export function listed({ session: { token: _, ...session }, user }: StoredSession): ListedSession {
  return { session, user };
}

export function tokenOf({ session }: StoredSession): string {
  return String(session["token"]);
}

export function endOf({ session }: StoredSession): number {
  return Number(new Date(String(session["expiresAt"])));
}

function written(session: Members, user: Members | null): StoredSession {
  return { text: JSON.stringify({ session, user }), session, user };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
