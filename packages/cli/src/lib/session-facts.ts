import Bowser from "bowser";
import type { RecordModel } from "redis-keyspace/adapter";
import { printable } from "./masks.js";

/** What a record says of its session, whichever framework wrote it. `null`: it does not say. */
export interface SessionFacts {
  readonly createdAt: Date | null;
  readonly lastUsedAt: Date | null;
  /** `null`: with its key. */
  readonly expiresAt: Date | null;
  /** `Firefox on macOS, 203.0.113.7`. */
  readonly device: string | null;
}

const names = {
  createdAt: ["createdAt", "created_at", "created"],
  lastUsedAt: ["lastUsedAt", "last_used_at", "lastSeenAt", "updatedAt", "updated_at"],
  userAgent: ["userAgent", "user_agent", "browser", "device"],
  ip: ["ip", "ipAddress", "ip_address"],
};

/** Records hold what an application stored at most so deep: `data.attributes.userAgent`. */
const DEEPEST = 3;

export function sessionFacts(model: RecordModel<unknown>, record: unknown): SessionFacts {
  const value = (of: keyof typeof names): unknown => find(record, names[of], DEEPEST);
  const ends = [model.expiresAt(record), model.absoluteExpiresAt?.(record) ?? null];
  const expiresAt = ends.reduce<number>((first, end) => Math.min(first, end === null ? first : Number(end)), Infinity);
  const device = [describe(value("userAgent")), value("ip")].filter((part) => typeof part === "string" && part !== "");
  return {
    createdAt: toDate(value("createdAt")),
    lastUsedAt: lastUse(record, model) ?? toDate(value("lastUsedAt")),
    expiresAt: expiresAt === Infinity ? null : new Date(expiresAt),
    device: device.length === 0 ? null : printable(device.join(", ")),
  };
}

/** A session with an idle timeout of its own says when it was used. */
function lastUse(record: unknown, model: RecordModel<unknown>): Date | null {
  const { idleTimeoutSeconds } = record as { readonly idleTimeoutSeconds?: unknown };
  if (typeof idleTimeoutSeconds !== "number") return null;
  return new Date(Number(model.expiresAt(record)) - idleTimeoutSeconds * 1000);
}

/** The nearest member that has one of these names. */
function find(value: unknown, members: readonly string[], depth: number): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const own = Object.entries(value).map(([name, inner]) => [name, name === "text" ? parsed(inner) : inner] as const);
  const found = own.find(([name, inner]) => members.includes(name) && isPlain(inner));
  if (found !== undefined || depth === 0) return found?.[1];
  for (const [, inner] of own) {
    const deeper = find(inner, members, depth - 1);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || value instanceof Date;
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : text;
  } catch {
    return undefined;
  }
}

function describe(userAgent: unknown): string | null {
  if (typeof userAgent !== "string" || userAgent === "") return null;
  const { browser, os } = Bowser.parse(userAgent);
  // Some applications store what they have made of it.
  if (browser.name === undefined || browser.name === "") return userAgent.slice(0, 40);
  return os.name === undefined ? browser.name : `${browser.name} on ${os.name}`;
}

function toDate(value: unknown): Date | null {
  const date = value instanceof Date || typeof value === "string" || typeof value === "number" ? new Date(value) : null;
  return date === null || Number.isNaN(date.getTime()) ? null : date;
}
