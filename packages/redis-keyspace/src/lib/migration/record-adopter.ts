import { Entries } from "../executions/entries.js";
import { chunks, type Execution } from "../executions/execution.js";
import { UserIndex } from "../executions/user-index.js";
import type { Keyspace } from "../keyspace.js";
import { remaining } from "../lua/stepwise/record-scripts.js";
import { isOperationKey } from "../operation-keys.js";
import type { StoredRecords } from "../records/stored-records.js";
import type { Executor } from "../redis/executor.js";
import { MAX_ATTEMPTS, refusal } from "../refusal.js";

/**
 * What became of a record. `adopted`: it was entered, or got its end. `there`: nothing had to be done. `gone`: it has been
 * ended. `ended`: its end has come. `endless`: it neither names an end nor has a TTL. `unreadable`: it is no session.
 */
export type AdoptOutcome = "adopted" | "there" | "gone" | "ended" | "endless" | "unreadable";

/** A key's end may be so far from what its record says: peers round to seconds. */
const TOLERANCE_MS = 2000;

export interface RecordAdopterParts<Value> {
  readonly sessions: Executor;
  readonly users: Executor;
  readonly keyspace: Keyspace;
  readonly records: StoredRecords<Value>;
  readonly execution: Execution;
}

/**
 * Takes over what a legacy package wrote under the same keys: enters each record into its user's index and set, and makes
 * its key end with it. One key a step, in the order of the stepwise execution, which is right beside scripts too: an entry
 * is only ever raised, and one whose record has gone is taken back.
 */
export class RecordAdopter<Value> {
  readonly #sessions: Executor;
  readonly #keyspace: Keyspace;
  readonly #records: StoredRecords<Value>;
  readonly #execution: Execution;
  readonly #index: UserIndex;
  readonly #entries: Entries;

  /** @internal */
  constructor({ sessions, users, keyspace, records, execution }: RecordAdopterParts<Value>) {
    this.#sessions = sessions;
    this.#keyspace = keyspace;
    this.#records = records;
    this.#execution = execution;
    this.#index = new UserIndex(users, keyspace);
    this.#entries = new Entries(this.#index, sessions, keyspace, {
      hasHeader: records.hasHeader,
      readFacts: (value, storedId) => records.factsOf(value, storedId),
    });
  }

  /** A `MATCH` pattern for the records. */
  get pattern(): string {
    return this.#keyspace.pattern;
  }

  /** The stored id in a key, as the server has it; `null` for a key that is none of these. */
  storedIdOf(key: string): string | null {
    const storedId = this.#keyspace.storedIdOf(key);
    return this.#keyspace.isHandle(storedId) && !isOperationKey(key) ? storedId : null;
  }

  /** Adopts records by their stored ids. */
  async adopt(storedIds: readonly string[]): Promise<AdoptOutcome[]> {
    const texts = await this.#texts(storedIds);
    return await Promise.all(storedIds.map((storedId, i) => this.#adopt(storedId, texts[i] ?? null)));
  }

  /** What `adopt` would come to now. Writes nothing. */
  async preview(storedIds: readonly string[]): Promise<AdoptOutcome[]> {
    const texts = await this.#texts(storedIds);
    return await Promise.all(
      storedIds.map(async (storedId, i): Promise<AdoptOutcome> => {
        const text = texts[i] ?? null;
        if (text === null) return "gone";
        const record = await this.#records.decode(text, storedId);
        if (record === null) return "unreadable";
        if (this.#records.deadlineOf(record) !== null) return this.#records.hasEnded(record) ? "ended" : "adopted";
        return (await this.#left(storedId)) === -1 ? "endless" : "adopted";
      }),
    );
  }

  /**
   * Takes over a legacy set: its members are entered as this user's where they don't name their owner, those without a
   * record are taken out, and the set gets a TTL.
   *
   * @returns How many sessions it has.
   */
  async adoptSet(userId: string): Promise<number> {
    let sessions = 0;
    for (const members of chunks(await this.#index.membersOfSet(userId))) {
      const texts = await this.#texts(members);
      await this.#index.leaveSet(
        userId,
        members.filter((_, i) => texts[i] == null),
      );
      const outcomes = await Promise.all(members.map((storedId, i) => this.#adopt(storedId, texts[i] ?? null, userId)));
      sessions += outcomes.filter((outcome) => outcome === "adopted" || outcome === "there").length;
    }
    return sessions;
  }

  #texts(storedIds: readonly string[]): Promise<(string | null)[]> {
    return this.#sessions.getMany(storedIds.map((storedId) => this.#keyspace.record(storedId)));
  }

  /** @param setOwner In whose legacy set it is. */
  async #adopt(storedId: string, read: string | null, setOwner: string | null = null): Promise<AdoptOutcome> {
    let text = read;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (text === null) return "gone";
      const record = await this.#records.decode(text, storedId);
      if (record === null) return "unreadable";
      if (this.#records.isFormer(text)) return "there";
      const userId = this.#ownerOf(record) ?? setOwner;
      const left = await this.#left(storedId);
      if (left === -2) return "gone";
      const named = this.#records.deadlineOf(record);
      if (named === null && left === -1) return "endless";
      const deadline = named ?? Date.now() + left;
      const entry = await this.#entries.raise(userId, storedId, deadline);
      if (typeof entry === "object") {
        if (entry.kind === "elapsed") await this.#execution.deleteExact(storedId, text, userId);
        return entry.kind === "elapsed" ? "ended" : "gone";
      }
      const isDated = named === null || (left !== -1 && Math.abs(left - (named - Date.now())) < TOLERANCE_MS);
      if (!isDated) {
        const answer = await this.#execution.update(text, userId, { storedId, userId, value: text, deadline }, 0);
        if (answer.kind === "conflict") {
          text = answer.text;
          continue;
        }
        if (answer.kind === "elapsed") {
          await this.#execution.deleteExact(storedId, text, userId);
          return "ended";
        }
      }
      if (entry === "entered" && !(await this.#isStill(storedId, userId, setOwner))) return "gone";
      return entry === "entered" || !isDated ? "adopted" : "there";
    }
    throw refusal("conflict");
  }

  /** Takes an entry back whose record has gone, or has become another's. */
  async #isStill(storedId: string, userId: string | null, setOwner: string | null): Promise<boolean> {
    const text = await this.#sessions.get(this.#keyspace.record(storedId));
    const record = text === null ? null : await this.#records.decode(text, storedId);
    if (record !== null && (this.#ownerOf(record) ?? setOwner) === userId) return true;
    await this.#entries.leave(userId, storedId);
    return false;
  }

  #ownerOf(record: Value): string | null {
    const userId = this.#records.model.userId(record);
    return this.#keyspace.isUserId(userId) ? userId : null;
  }

  async #left(storedId: string): Promise<number> {
    return (await this.#sessions.run(remaining, { record: this.#keyspace.record(storedId) }, {})).number;
  }
}
