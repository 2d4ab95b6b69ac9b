import type { RecordModel } from "redis-keyspace";

/** What Curveball keeps in `ctx.session`. */
export type Values = Readonly<Record<string, unknown>>;

/** The one member of the stored JSON that is ours. It never appears in `ctx.session`. */
const OURS = "redis-keyspace";

interface Ours {
  /** The absolute end, in epoch milliseconds. */
  readonly endsAt?: number;
  /** `true` where the key is a hash: a hash can never be used as an id after `hashIds` was turned off. */
  readonly hashed?: true;
}

export interface StoredValues {
  readonly values: Values;
  /** `null` as it was read: the key's end is the session's. */
  readonly expiresAt: number | null;
  readonly endsAt: number | null;
  /** As it stands in Redis, if it was read there. */
  readonly text?: string;
}

/**
 * A session as `@curveball/session-redis` stores it, byte for byte: the values as JSON. With an absolute timeout or hashed
 * ids one member follows:
 *
 *     {"userId":"u1","redis-keyspace":{"endsAt":1763720000000}}
 */
export function valuesModel(
  userIdFrom: (values: Values) => string | null | undefined,
  hashIds: boolean,
): RecordModel<StoredValues> {
  return {
    encode({ values, endsAt, text }) {
      if (text !== undefined) return text;
      const ours: Ours = { ...(endsAt !== null && { endsAt }), ...(hashIds && { hashed: true }) };
      return JSON.stringify(Object.keys(ours).length === 0 ? values : { ...values, [OURS]: ours });
    },
    decode(text) {
      const json = toObject(parse(text));
      if (json === null) return null;
      const { [OURS]: member, ...values } = json;
      const ours = (toObject(member) ?? {}) as Ours;
      if ((ours.hashed === true) !== hashIds) return null;
      return { values, expiresAt: null, endsAt: typeof ours.endsAt === "number" ? ours.endsAt : null, text };
    },
    userId: ({ values }) => userIdFrom(values) ?? null,
    userIdField: "",
    // The replaced package writes what it read for another hour, whatever we wrote into it.
    expiresAt: ({ expiresAt, endsAt }) => expiresAt ?? (endsAt !== null && endsAt <= Date.now() ? endsAt : null),
    endsAt: ({ endsAt }) => endsAt,
    withExpiresAt: (stored, expiresAt) => ({ ...stored, expiresAt: expiresAt.getTime() }),
  };
}

/**
 * The values as Redis will hold them.
 *
 * @throws {TypeError} for what is no JSON object.
 */
export function toJson(values: unknown): Values {
  const json = toObject(parse(JSON.stringify(values) ?? ""));
  if (json === null) throw new TypeError("ctx.session must be an object");
  const { [OURS]: _, ...own } = json;
  return own;
}

/** The names of the top-level members that differ. */
export function changedMembers(before: Values, after: Values): string[] {
  const member = (values: Values, name: string): unknown => (Object.hasOwn(values, name) ? values[name] : undefined);
  const differs = (one: unknown, other: unknown): boolean =>
    one !== other && (!isObject(one) || !isObject(other) || JSON.stringify(one) !== JSON.stringify(other));
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => differs(member(before, name), member(after, name)));
}

/** The values with these members as they are in `after`, and without those that are not in it. */
export function withMembers(names: readonly string[], after: Values, values: Values): Values {
  // A Map, because a member can be named "__proto__".
  const merged = new Map(Object.entries(values));
  for (const name of names) {
    if (Object.hasOwn(after, name)) merged.set(name, after[name]);
    else merged.delete(name);
  }
  return Object.fromEntries(merged);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function toObject(value: unknown): Record<string, unknown> | null {
  return isObject(value) && !Array.isArray(value) ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
