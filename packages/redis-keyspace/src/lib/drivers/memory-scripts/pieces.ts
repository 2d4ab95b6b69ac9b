import type { MemoryKeyspace } from "../memory-keyspace.js";

/** A script in JavaScript: the same name, keys, arguments and answers as in Lua. */
export type Twin = (db: MemoryKeyspace, keys: readonly string[], args: readonly string[]) => unknown;

export function at(list: readonly string[], i: number): string {
  return list[i] as string;
}

export function none(keys: readonly string[], i: number): boolean {
  return keys[i] === undefined || keys[i] === keys[0];
}

export function settle(db: MemoryKeyspace, index: string): void {
  const scores = db.ranked(index).map(([, score]) => score);
  const last = scores.at(-1);
  if (last === undefined || scores.includes(-1)) return;
  if (last > 0) db.expireAt(index, last);
  if (last < 0) db.expireAt(index, Date.now() + 60_000);
  if (scores.some((score) => score < -1)) keepFor(db, index, 60_000);
}

export function elapsed(db: MemoryKeyspace, index: string): string[] {
  const now = Date.now();
  return db.ranked(index).flatMap(([member, score]) => (score > 0 && score <= now ? [member] : []));
}

export function prune(db: MemoryKeyspace, index: string): void {
  db.leave(index, elapsed(db, index));
}

export function enter(db: MemoryKeyspace, index: string, member: string, deadline: number): void {
  db.enter(index, member, deadline);
  settle(db, index);
}

export function leave(db: MemoryKeyspace, index: string, member: string): void {
  if (db.leave(index, [member]) === 1) settle(db, index);
}

export function keepFor(db: MemoryKeyspace, key: string, lifetime: number): void {
  if (db.ttl(key) < lifetime) db.expireAt(key, Date.now() + lifetime);
}
