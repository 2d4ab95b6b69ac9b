import { platform, timers } from "../runtime.js";
import type { CacheModel } from "./cache-model.js";

/** An answer that comes again. What its readers make of it can stand with it. */
export interface SharedAnswer<Value> extends Promise<Value> {
  made?: unknown;
}

/** When a read began: by the clock, and among all that happens here. */
interface Reading {
  readonly readAt: number;
  /** By a clock that nobody puts back, but that may stand still while the machine sleeps. */
  readonly readAtMs: number;
  readonly order: number;
}

/** One record that was read. */
interface Entry<Stored, Value> extends Reading {
  readonly id: string;
  readonly storedId: string;
  readonly owner: string | null;
  readonly size: number;
  readonly goodUntil: number;
  /** Until the first hit, where the value is read in it once more: most that is read is not read again so soon. */
  stored: Stored | undefined;
  answer: SharedAnswer<Value> | undefined;
}

/** What happened to a user's records. */
interface OwnersEvent {
  readonly order: number;
  readonly at: number;
}

export interface NearCacheLimits {
  readonly maxEntries: number;
  readonly maxSize: number;
  readonly maxAgeMs: number;
}

/** So many records that were forgotten are remembered, for reads that are under way, and so many users. */
const REMEMBERED = 10_000;

/**
 * Records that were read lately, under the ids that they were read by, so that a hit takes no hash. It is on while a
 * stream tells what happens to them; and each is good for `maxAgeMs` from when it was asked for, whatever happens to the
 * stream, and no longer than it lives by this process's clock.
 *
 * What it hands out again is shared, so it is frozen. No entry outlives `maxAgeMs`, so the one that was read first leaves
 * first.
 */
export class NearCache<Stored, Value> {
  readonly #model: CacheModel<Stored, Value>;
  readonly #limits: NearCacheLimits;
  readonly #entries = new Map<string, Entry<Stored, Value>>();
  /** By stored id, where that is not the id. */
  readonly #ids: Map<string, string> | undefined;
  /** Users to whom something happened, while an entry can be older. */
  readonly #owners = new Map<string | null, OwnersEvent>();
  /** What was forgotten while reads were under way, and when: their answers may be older. */
  readonly #forgotten = new Map<string, number>();
  #order = 0;
  /** No answer to a read that began before this is kept. */
  #keptFrom = 0;
  #underWay = 0;
  #size = 0;
  #isOn = false;
  #timer: unknown;

  constructor(model: CacheModel<Stored, Value>, hashesIds: boolean, limits: NearCacheLimits) {
    this.#model = model;
    this.#limits = limits;
    this.#ids = hashesIds ? new Map() : undefined;
  }

  /** A record that is good still. */
  get(id: string): SharedAnswer<Value> | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const now = Date.now();
    // A clock that was put back would make it live longer.
    if (now >= entry.goodUntil || now < entry.readAt) return undefined;
    if (platform.performance.now() - entry.readAtMs >= this.#limits.maxAgeMs) return undefined;
    if (this.#owners.size > 0 && (this.#owners.get(entry.owner)?.order ?? 0) > entry.order) return undefined;
    return entry.answer ?? this.#answerOf(entry);
  }

  /**
   * Reads a record, and keeps it unless something happened to it meanwhile.
   *
   * @param read Reads what is stored.
   * @param open Reads the record in it.
   */
  read(
    id: string,
    storedId: string,
    read: () => Promise<Stored | null>,
    open: (stored: Stored) => Value | null | Promise<Value | null>,
  ): Promise<Value | null> {
    if (!this.#isOn) return read().then((stored) => (stored === null ? null : open(stored)));
    const reading = { readAt: Date.now(), readAtMs: platform.performance.now(), order: ++this.#order };
    this.#underWay++;
    const keep = (stored: Stored | null, record: Value | null): Value | null => {
      const isUnchanged = this.#isUnchanged(storedId, reading.order);
      this.#end();
      if (stored !== null && record !== null && isUnchanged) this.#keep(id, storedId, stored, record, reading);
      return record;
    };
    const fail = (error: unknown): never => {
      this.#end();
      throw error;
    };
    return read().then((stored) => {
      const record = stored === null ? null : open(stored);
      if (record instanceof Promise) return record.then((opened) => keep(stored, opened), fail);
      return keep(stored, record);
    }, fail);
  }

  /** Something happened to this record. */
  forget(storedId: string): void {
    if (this.#underWay > 0) this.#forgotten.set(storedId, ++this.#order);
    if (this.#forgotten.size > REMEMBERED) this.#keepNothing();
    const id = this.#ids === undefined ? storedId : this.#ids.get(storedId);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (entry !== undefined) this.#remove(entry);
  }

  /** Something may have happened to any of a user's records; the answer to a read under way may name another owner. */
  forgetOwner(owner: string | null): void {
    this.#keepNothing();
    this.forgetUser(owner);
  }

  /** Something happened to this user. */
  forgetUser(owner: string | null): void {
    if (this.#entries.size === 0 && this.#underWay === 0) return;
    const now = Date.now();
    this.#owners.delete(owner);
    this.#owners.set(owner, { order: ++this.#order, at: now });
    for (const [first, { at }] of this.#owners) {
      if (at + this.#limits.maxAgeMs > now) break;
      this.#owners.delete(first);
    }
    if (this.#owners.size > REMEMBERED) this.clear();
  }

  /** Anything may have happened to any record. */
  clear(): void {
    this.#keepNothing();
    this.#entries.clear();
    this.#ids?.clear();
    this.#owners.clear();
    this.#size = 0;
  }

  /** Whether everything that happens is told. */
  turn(isOn: boolean): void {
    this.#isOn = isOn;
    this.clear();
  }

  /** Of what is under way. */
  #keepNothing(): void {
    this.#keptFrom = ++this.#order;
    this.#forgotten.clear();
  }

  #isUnchanged(storedId: string, order: number): boolean {
    if (order < this.#keptFrom) return false;
    return this.#forgotten.size === 0 || (this.#forgotten.get(storedId) ?? 0) < order;
  }

  #end(): void {
    if (--this.#underWay === 0 && this.#forgotten.size > 0) this.#forgotten.clear();
  }

  #keep(id: string, storedId: string, stored: Stored, record: Value, reading: Reading): void {
    const { readAt, readAtMs, order } = reading;
    const { maxAgeMs, maxEntries, maxSize } = this.#limits;
    const size = this.#model.sizeOf(stored);
    if (size > maxSize || this.#model.isLinked(stored)) return;
    const goodUntil = Math.min(readAt + maxAgeMs, this.#model.deadlineOf(record) ?? Number.POSITIVE_INFINITY);
    const before = this.#entries.get(id);
    if (before !== undefined) this.#remove(before);
    // To open what is sealed takes longer than all the rest.
    const answer = this.#model.isSealing ? shared(record) : undefined;
    const owner = this.#model.ownerOf(record);
    this.#entries.set(id, { id, storedId, owner, size, readAt, readAtMs, goodUntil, order, stored, answer });
    this.#ids?.set(storedId, id);
    this.#size += size;
    for (const first of this.#entries.values()) {
      const isOver = first.readAtMs + maxAgeMs <= readAtMs;
      if (!isOver && this.#entries.size <= maxEntries && this.#size <= maxSize) break;
      this.#remove(first);
    }
    if (this.#timer === undefined) this.#sweepLater();
  }

  /** What is over does not stay, also when nothing is read any more. */
  #sweepLater(): void {
    const { maxAgeMs } = this.#limits;
    this.#timer = timers.setTimeout(() => {
      const now = platform.performance.now();
      for (const first of this.#entries.values()) {
        if (first.readAtMs + maxAgeMs > now) break;
        this.#remove(first);
      }
      this.#timer = undefined;
      if (this.#entries.size > 0) this.#sweepLater();
    }, maxAgeMs);
    (this.#timer as { unref?(): void }).unref?.();
  }

  #answerOf(entry: Entry<Stored, Value>): SharedAnswer<Value> {
    entry.answer = shared(this.#model.decode(entry.stored as Stored, entry.storedId));
    entry.stored = undefined;
    return entry.answer;
  }

  #remove({ id, storedId, size }: Entry<Stored, Value>): void {
    this.#entries.delete(id);
    this.#ids?.delete(storedId);
    this.#size -= size;
  }
}

function shared<Value>(record: Value): SharedAnswer<Value> {
  // The property is there from the start, so that those who look for it find all answers alike.
  return Object.assign(Promise.resolve(deepFrozen(record)), { made: null });
}

function deepFrozen<Value>(value: Value): Value {
  // Bytes cannot be frozen.
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFrozen(member);
  }
  return value;
}
