import { readHeader } from "../records/header.js";
import type { StoredRecords } from "../records/stored-records.js";

/** One record that was read. */
interface Entry<Value> {
  readonly id: string;
  readonly storedId: string;
  readonly owner: string | null;
  readonly answer: Promise<Value>;
  readonly size: number;
  readonly readAt: number;
  readonly goodUntil: number;
}

export interface NearCacheLimits {
  readonly maxEntries: number;
  readonly maxSize: number;
  readonly maxAgeMs: number;
}

/**
 * Records that were read lately, under the ids that they were read by, so that a hit takes no hash. It is on while a
 * stream tells what happens to them; and each is good for `maxAgeMs` from when it was asked for, whatever happens to the
 * stream, and no longer than it lives by this process's clock.
 *
 * What it hands out is shared, so it is frozen. No entry outlives `maxAgeMs`, so the one that was read first leaves first.
 */
export class NearCache<Value> {
  readonly #records: StoredRecords<Value>;
  readonly #limits: NearCacheLimits;
  readonly #entries = new Map<string, Entry<Value>>();
  /** By stored id, where that is not the id. */
  readonly #ids: Map<string, string> | undefined;
  readonly #ofOwner = new Map<string | null, Set<string>>();
  /** Reads under way: what is not there any more when the answer comes is answered, and not kept. */
  readonly #reading = new Map<string, object>();
  #size = 0;
  #isOn = false;

  constructor(records: StoredRecords<Value>, hashesIds: boolean, limits: NearCacheLimits) {
    this.#records = records;
    this.#limits = limits;
    this.#ids = hashesIds ? new Map() : undefined;
  }

  /** A record that is good still. */
  get(id: string): Promise<Value> | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const now = Date.now();
    // A clock that was put back would make it live longer.
    return now < entry.goodUntil && now >= entry.readAt ? entry.answer : undefined;
  }

  /**
   * Reads a record, and keeps it unless something happened to it meanwhile.
   *
   * @param read Reads the text.
   * @param open Reads the record in it.
   */
  read(
    id: string,
    storedId: string,
    read: () => Promise<string | null>,
    open: (text: string) => Value | null | Promise<Value | null>,
  ): Promise<Value | null> {
    if (!this.#isOn) return read().then((text) => (text === null ? null : open(text)));
    const reading = { at: Date.now() };
    this.#reading.set(storedId, reading);
    const end = (): boolean => this.#reading.get(storedId) === reading && this.#reading.delete(storedId);
    const keep = (text: string, record: Value | null): Value | null => {
      if (end() && record !== null) this.#keep(id, storedId, text, record, reading.at);
      return record;
    };
    return read().then(
      (text) => {
        if (text === null) {
          end();
          return null;
        }
        const record = open(text);
        return record instanceof Promise ? record.then((opened) => keep(text, opened)) : keep(text, record);
      },
      (error: unknown) => {
        end();
        throw error;
      },
    );
  }

  /** Something happened to this record. */
  forget(storedId: string): void {
    this.#reading.delete(storedId);
    const id = this.#ids === undefined ? storedId : this.#ids.get(storedId);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (entry !== undefined) this.#remove(entry);
  }

  /** Something may have happened to any of a user's records. */
  forgetOwner(owner: string): void {
    this.#reading.clear();
    for (const id of this.#ofOwner.get(owner) ?? []) this.#remove(this.#entries.get(id) as Entry<Value>);
  }

  /** Anything may have happened to any record. */
  clear(): void {
    this.#reading.clear();
    this.#entries.clear();
    this.#ids?.clear();
    this.#ofOwner.clear();
    this.#size = 0;
  }

  /** Whether everything that happens is told. */
  turn(isOn: boolean): void {
    this.#isOn = isOn;
    this.clear();
  }

  #keep(id: string, storedId: string, text: string, record: Value, readAt: number): void {
    const { maxAgeMs, maxEntries, maxSize } = this.#limits;
    if (text.length > maxSize || this.#isLinked(text)) return;
    const goodUntil = Math.min(readAt + maxAgeMs, this.#records.deadlineOf(record) ?? Number.POSITIVE_INFINITY);
    this.forget(storedId);
    const owner = this.#records.model.userId(record);
    const answer = Promise.resolve(deepFrozen(record));
    const entry = { id, storedId, owner, answer, size: text.length, readAt, goodUntil };
    this.#entries.set(id, entry);
    this.#ids?.set(storedId, id);
    this.#size += entry.size;
    const ofOwner = this.#ofOwner.get(owner);
    if (ofOwner === undefined) this.#ofOwner.set(owner, new Set([id]));
    else ofOwner.add(id);
    for (const first of this.#entries.values()) {
      const isOver = first.readAt + maxAgeMs <= readAt;
      if (!isOver && this.#entries.size <= maxEntries && this.#size <= maxSize) break;
      this.#remove(first);
    }
  }

  /** While a session has two ids, what ends one of them ends the other one, which this process might not notice. */
  #isLinked(text: string): boolean {
    if (!this.#records.hasHeader || !/,"(?:successor|former)":/.test(text)) return false;
    const links = readHeader(text);
    return links !== null && (links.successor !== null || (links.former !== null && links.former.endsAt > Date.now()));
  }

  #remove({ id, storedId, owner, size }: Entry<Value>): void {
    this.#entries.delete(id);
    this.#ids?.delete(storedId);
    this.#size -= size;
    const ofOwner = this.#ofOwner.get(owner);
    ofOwner?.delete(id);
    if (ofOwner?.size === 0) this.#ofOwner.delete(owner);
  }
}

function deepFrozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFrozen(member);
  }
  return value;
}
