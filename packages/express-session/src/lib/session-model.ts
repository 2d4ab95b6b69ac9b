import type { SessionData } from "express-session";
import type { RecordModel } from "redis-keyspace/adapter";
import type { Serializer } from "./options.js";

/** A session as plain data. */
export type Values = SessionData & Readonly<Record<string, unknown>>;

/** A session in Redis. */
export interface StoredSession {
  readonly values: Values;
  /** In epoch milliseconds. `null` as it was read: the key's end is the session's. */
  readonly expiresAt: number | null;
  /** When it ends however often it is used, in epoch milliseconds; `null`: never. */
  readonly absoluteExpiresAt: number | null;
  /** Whether `regenerate` has replaced it: it can be read until its absolute end, and is not written any more. */
  readonly isFormer: boolean;
  /** As it stands in Redis, if it was read there. */
  readonly text?: string;
}

/** The one member of the stored session that is ours. It never appears in `req.session`. */
const OURS = "redis-keyspace";

interface Ours {
  readonly endsAt?: unknown;
  readonly former?: unknown;
}

/**
 * A session as `connect-redis` stores it, byte for byte: what the serializer makes of it. With an absolute timeout, or after
 * a `regenerate` with a grace, one member follows:
 *
 *     {"cookie":{…},"userId":"u1","redis-keyspace":{"endsAt":1763720000000}}
 */
export function sessionModel(
  serializer: Serializer,
  userIdFrom: (values: Values) => string | null | undefined,
): RecordModel<StoredSession> {
  return {
    encode({ values, absoluteExpiresAt, isFormer, text }) {
      if (text !== undefined) return text;
      if (absoluteExpiresAt === null) return serializer.stringify(values);
      const ours: Ours = { endsAt: absoluteExpiresAt, ...(isFormer && { former: true }) };
      return serializer.stringify({ ...values, [OURS]: ours } as Values);
    },
    decode(text) {
      const found = parse(serializer, text);
      if (found === null) return null;
      const { [OURS]: ours, ...values } = found;
      const { endsAt, former } = (typeof ours === "object" && ours !== null ? ours : {}) as Ours;
      const absoluteExpiresAt = typeof endsAt === "number" ? endsAt : null;
      return { values: values as Values, expiresAt: null, absoluteExpiresAt, isFormer: former === true, text };
    },
    userId: ({ values }) => userIdFrom(values) ?? null,
    userIdField: "",
    // The legacy package writes what it read for another lifetime, whatever we wrote into it.
    expiresAt: ({ expiresAt, absoluteExpiresAt: end }) => expiresAt ?? (end !== null && end <= Date.now() ? end : null),
    absoluteExpiresAt: ({ absoluteExpiresAt }) => absoluteExpiresAt,
    withExpiresAt: (stored, expiresAt) => ({ ...stored, expiresAt: expiresAt.getTime() }),
  };
}

/**
 * A session as Redis will hold it, which later changes of it don't reach.
 *
 * @throws {TypeError} for what the serializer makes no object of.
 */
export function copyOf(serializer: Serializer, session: SessionData): Values {
  const values = valuesIn(serializer, serializer.stringify(session));
  if (values === null) throw new TypeError("a session must be an object");
  return values;
}

/** A session's own members, without its cookie. */
export function membersOf(session: SessionData): Readonly<Record<string, unknown>> {
  const { cookie: _, [OURS]: __, ...members } = session as Values;
  return members;
}

/** The session in a text, without what is ours; `null` for what is none. */
export function valuesIn(serializer: Serializer, text: string): Values | null {
  const found = parse(serializer, text);
  if (found === null) return null;
  const { [OURS]: _, ...values } = found;
  return values as Values;
}

function parse(serializer: Serializer, text: string): Values | null {
  try {
    const found: unknown = serializer.parse(text);
    return isObject(found) && !(found instanceof Promise) ? (found as unknown as Values) : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
