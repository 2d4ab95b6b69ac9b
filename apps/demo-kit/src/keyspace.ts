import { KeyspaceError } from "redis-keyspace";

export { isOperationKey } from "redis-keyspace/adapter";

import type { MemoryDriver } from "redis-keyspace/memory";
import { exact } from "./time.js";

/** A key as the Keyspace panel shows it. */
export interface StoredKey {
  readonly key: string;
  readonly type: string;
  /** Milliseconds left; `null` for a key that never ends. */
  readonly ttlMs: number | null;
  /** A string's value, or one line for each member. */
  readonly value: string;
}

/** What an adapter's keys start with. */
export interface Prefixes {
  readonly session: string;
  readonly userSessions: string;
}

/** A user's keys: the index, and the sessions that it names. There is no SCAN here. */
export type KeyReader = (prefixes: Prefixes, userId: string) => Promise<StoredKey[]>;

interface Client {
  get(key: string): Promise<string | null>;
  pTTL(key: string): Promise<number>;
  zRangeWithScores(key: string, first: number, last: number): Promise<{ value: string; score: number }[]>;
}

/** Looks into Redis with plain commands, past the adapter. */
export function readRedis(client: Client): KeyReader {
  return async (prefixes, userId) => {
    try {
      const index = prefixes.userSessions + userId;
      const [members, ttlMs] = await Promise.all([client.zRangeWithScores(index, 0, -1), client.pTTL(index)]);
      if (members.length === 0) return [];
      const sessions = await Promise.all(
        members.map(async ({ value: handle }) => {
          const key = prefixes.session + handle;
          const [value, ttlMs] = await Promise.all([client.get(key), client.pTTL(key)]);
          return value === null ? [] : [session(key, ttlMs, value)];
        }),
      );
      return [
        zset(
          index,
          ttlMs,
          members.map(({ value, score }) => [value, score]),
        ),
        ...sessions.flat(),
      ];
    } catch (cause) {
      throw new KeyspaceError("ERR_REDIS_UNAVAILABLE", "the keys cannot be read", { cause });
    }
  };
}

/** The same over this process's memory. */
export function readMemory({ call }: MemoryDriver): KeyReader {
  return readRedis({
    async get(key) {
      const value = call("GET", key);
      return value === null ? null : String(value);
    },
    pTTL: async (key) => Number(call("PTTL", key)),
    async zRangeWithScores(key, first, last) {
      const flat = call("ZRANGE", key, first, last, "WITHSCORES");
      const words = Array.isArray(flat) ? flat.map(String) : [];
      return words.flatMap((value, i) => (i % 2 === 0 ? [{ value, score: Number(words[i + 1]) }] : []));
    },
  });
}

function session(key: string, ttlMs: number, value: string): StoredKey {
  return { key, type: "string", ttlMs, value };
}

function zset(key: string, ttlMs: number, members: [member: string, score: number][]): StoredKey {
  return { key, type: "zset", ttlMs, value: members.map(([member, score]) => `${member}  ${score}`).join("\n") };
}

/** Shortens every token and every hash of one: whatever has 32 characters and more of base64, plain or for URLs. */
export function masked(text: string): string {
  // Curveball's keys join prefix and id by a hyphen, which an id can have as well.
  return text.replace(/(session-)?([\w+/-]{8})[\w+/-]{24,}={0,2}/g, "$1$2…");
}

/** A value for the page: JSON is indented, tokens are shortened, and epoch milliseconds are times. */
export function readable(value: string): string {
  return masked(indented(value)).replace(/(?<![\w."-])1\d{12}(?![\w."-])/g, (ms) => exact(new Date(Number(ms))));
}

function indented(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
