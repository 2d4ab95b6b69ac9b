import type { Bytes } from "./bytes.js";
import { ReplyError } from "./reply.js";
import { SortedSet } from "./sorted-set.js";

type Value = Bytes | Set<Bytes> | SortedSet;

interface Entry {
  readonly value: Value;
  /** In milliseconds since 1970; `Infinity`: never. */
  expiresAt: number;
}

/** As much of Redis's data model as the scripts use: strings, sets and sorted sets, and when they expire. */
export class MemoryKeyspace {
  /** The time, in milliseconds since 1970. It stands still while a command or a script runs. */
  now = 0;
  readonly #entries = new Map<Bytes, Entry>();

  has(key: Bytes): boolean {
    return this.#find(key) !== undefined;
  }

  type(key: Bytes): "none" | "string" | "set" | "zset" {
    const value = this.#find(key)?.value;
    if (value === undefined) return "none";
    if (typeof value === "string") return "string";
    return value instanceof Set ? "set" : "zset";
  }

  string(key: Bytes): Bytes | undefined {
    const value = this.#find(key)?.value;
    if (value !== undefined && typeof value !== "string") throw wrongType();
    return value;
  }

  /** Writes a string over whatever is there. */
  setString(key: Bytes, value: Bytes, expiresAt: number): void {
    this.#entries.set(key, { value, expiresAt });
  }

  set(key: Bytes): Set<Bytes> | undefined {
    const value = this.#find(key)?.value;
    if (value !== undefined && !(value instanceof Set)) throw wrongType();
    return value;
  }

  sortedSet(key: Bytes): SortedSet | undefined {
    const value = this.#find(key)?.value;
    if (value !== undefined && !(value instanceof SortedSet)) throw wrongType();
    return value;
  }

  /** The set, a new one if there is none. The caller adds to it. */
  openSet(key: Bytes): Set<Bytes> {
    return this.set(key) ?? this.#put(key, new Set());
  }

  openSortedSet(key: Bytes): SortedSet {
    return this.sortedSet(key) ?? this.#put(key, new SortedSet());
  }

  /** A set ends with the last of its members. */
  deleteIfEmpty(key: Bytes): void {
    const value = this.#find(key)?.value;
    if (typeof value === "object" && value.size === 0) this.#entries.delete(key);
  }

  delete(key: Bytes): boolean {
    const had = this.has(key);
    this.#entries.delete(key);
    return had;
  }

  /** `undefined`: there is no such key; `Infinity`: it does not expire. */
  expiresAt(key: Bytes): number | undefined {
    return this.#find(key)?.expiresAt;
  }

  /** A key that expires now or earlier is gone at once. */
  expire(key: Bytes, expiresAt: number): void {
    const entry = this.#find(key);
    if (entry === undefined) return;
    entry.expiresAt = expiresAt;
    if (expiresAt <= this.now) this.#entries.delete(key);
  }

  keys(): Bytes[] {
    return [...this.#entries.keys()].filter((key) => this.has(key));
  }

  #put<Kind extends Value>(key: Bytes, value: Kind): Kind {
    this.#entries.set(key, { value, expiresAt: Number.POSITIVE_INFINITY });
    return value;
  }

  /** Redis keeps a key through the millisecond in which it expires. */
  #find(key: Bytes): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt >= this.now) return entry;
    this.#entries.delete(key);
    return undefined;
  }
}

function wrongType(): ReplyError {
  return new ReplyError("WRONGTYPE Operation against a key holding the wrong kind of value");
}
