import { parseObject, type RecordModel } from "redis-keyspace/adapter";

/** What Curveball keeps in `ctx.session`. */
export type Values = Readonly<Record<string, unknown>>;

/** A session in Redis. */
export interface StoredValues {
  readonly values: Values;
  /** In epoch milliseconds. `null` as it was read: the key's end is the session's. */
  readonly expiresAt: number | null;
  /** When it ends however often it is used, in epoch milliseconds; `null`: never. */
  readonly absoluteExpiresAt: number | null;
  /** As it stands in Redis, if it was read there. */
  readonly text?: string;
}

/** The one member of the stored JSON that is ours. It never appears in `ctx.session`. */
const OURS = "redis-keyspace";

/**
 * A session as `@curveball/session-redis` stores it, byte for byte: the values as JSON. With an absolute timeout one
 * member follows:
 *
 *     {"userId":"u1","redis-keyspace":{"endsAt":1763720000000}}
 */
export function valuesModel(userIdFrom: (values: Values) => string | null | undefined): RecordModel<StoredValues> {
  return {
    encode,
    decode,
    userId: ({ values }) => userIdFrom(values) ?? null,
    userIdField: "",
    // The legacy package writes what it read for another hour, whatever we wrote into it.
    expiresAt: ({ expiresAt, absoluteExpiresAt: end }) => expiresAt ?? (end !== null && end <= Date.now() ? end : null),
    absoluteExpiresAt: ({ absoluteExpiresAt }) => absoluteExpiresAt,
    withExpiresAt: (stored, expiresAt) => ({ ...stored, expiresAt: expiresAt.getTime() }),
  };
}

export function encode({ values, absoluteExpiresAt, text }: StoredValues): string {
  if (text !== undefined) return text;
  return JSON.stringify(absoluteExpiresAt === null ? values : { ...values, [OURS]: { endsAt: absoluteExpiresAt } });
}

export function decode(text: string): StoredValues | null {
  const json = parseObject(text);
  if (json === null) return null;
  const { [OURS]: ours, ...values } = json;
  return { values, expiresAt: null, absoluteExpiresAt: endsAtOf(ours), text };
}

function endsAtOf(ours: unknown): number | null {
  if (typeof ours !== "object" || ours === null || !("endsAt" in ours)) return null;
  return typeof ours.endsAt === "number" ? ours.endsAt : null;
}

/**
 * The values as Redis will hold them.
 *
 * @throws {TypeError} for what is no JSON object.
 */
export function toJson(values: unknown): Values {
  const json = parseObject(JSON.stringify(values) ?? "");
  if (json === null) throw new TypeError("ctx.session must be an object");
  const { [OURS]: _, ...own } = json;
  return own;
}
