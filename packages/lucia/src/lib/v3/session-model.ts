import { type RecordModel, type SessionRecord, sessionModel } from "redis-keyspace/adapter";
import type { LuciaSession } from "./lucia-types.js";

/** What a record holds besides its owner and its end. */
interface LuciaData {
  readonly attributes: object;
  /** `true` where the application registers numbers as user ids. */
  readonly numericUserId?: true;
  /** The attributes that were a `Date`, which JSON makes a string. */
  readonly dates?: readonly string[];
}

export type LuciaRecord = SessionRecord<LuciaData> & { readonly userId: string };

export const luciaModel: RecordModel<LuciaRecord> = {
  ...sessionModel,
  decode(text, storedId) {
    const record = sessionModel.decode(text, storedId);
    if (record === null || record.userId === null || !isLuciaData(record.data)) return null;
    return { ...record, userId: record.userId, data: record.data };
  },
  withExpiresAt: (record, expiresAt) => ({ ...record, expiresAt }),
  withAbsoluteExpiresAt: (record, absoluteExpiresAt) => ({ ...record, absoluteExpiresAt }),
};

function isLuciaData(data: unknown): data is LuciaData {
  if (typeof data !== "object" || data === null || !("attributes" in data)) return false;
  return typeof data.attributes === "object" && data.attributes !== null;
}

export function toUserId(userId: unknown): string {
  if (typeof userId !== "string" && typeof userId !== "number") {
    throw new TypeError("userId must be a string or a number");
  }
  return String(userId);
}

export function toRecord({ userId, expiresAt, ...given }: Omit<LuciaSession<unknown>, "id">): LuciaRecord {
  if (Number.isNaN(expiresAt.getTime())) throw new TypeError("expiresAt must be a valid Date");
  const attributes = toAttributes(given.attributes ?? {});
  const dates = Object.entries(attributes).flatMap(([name, value]) => (isDate(value) ? [name] : []));
  return {
    userId: toUserId(userId),
    createdAt: new Date(),
    expiresAt,
    absoluteExpiresAt: null,
    data: {
      attributes,
      ...(typeof userId === "number" && { numericUserId: true }),
      ...(dates.length > 0 && { dates }),
    },
  };
}

/** What an object writes for itself as JSON is what will be read. */
function toAttributes(given: object): object {
  const attributes: unknown = "toJSON" in given && typeof given.toJSON === "function" ? given.toJSON() : given;
  if (typeof attributes === "object" && attributes !== null) return attributes;
  throw new TypeError("attributes must be an object, and one as JSON too");
}

/** Attributes that were a `Date` are one again, as with an adapter for a database. */
export function toSession<Session extends LuciaSession<unknown>>(id: string, record: LuciaRecord): Session {
  const { userId, expiresAt, data } = record;
  const owner = data.numericUserId === true ? Number(userId) : userId;
  return { id, userId: owner, expiresAt, attributes: withDates(data) } as Session;
}

function withDates({ attributes, dates }: LuciaData): object {
  if (!Array.isArray(dates)) return attributes;
  const names = new Set<unknown>(dates);
  const entries = Object.entries<unknown>({ ...attributes });
  return Object.fromEntries(
    entries.map(([name, value]) => [name, names.has(name) && typeof value === "string" ? new Date(value) : value]),
  );
}

/** Of any realm: `instanceof` knows one. */
function isDate(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Date]";
}
