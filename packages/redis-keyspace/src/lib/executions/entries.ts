import type { Keyspace } from "../keyspace.js";
import { unlink } from "../lua/stepwise/record-scripts.js";
import type { ReadFacts } from "../records/record-model.js";
import type { Executor } from "../redis/executor.js";
import type { StoredRecord, UpdateOutcome } from "./execution.js";
import type { UserIndex } from "./user-index.js";

/** How many records one script removes at most. */
const CHUNK = 1000;

/** The steps that look at both a record and its entry in a user's index. */
export class Entries {
  readonly #index: UserIndex;
  readonly #sessions: Executor;
  readonly #keyspace: Keyspace;
  readonly #readFacts: ReadFacts;

  constructor(index: UserIndex, sessions: Executor, keyspace: Keyspace, readFacts: ReadFacts) {
    this.#index = index;
    this.#sessions = sessions;
    this.#keyspace = keyspace;
    this.#readFacts = readFacts;
  }

  /** Makes the entry that an update needs. Answers whether it is new, or why there is none. */
  async enterForUpdate(
    expected: string,
    formerUserId: string | null,
    next: StoredRecord,
    max: number,
  ): Promise<"entered" | "present" | UpdateOutcome> {
    const { storedId, userId, deadline } = next;
    if (userId === null) return "present";
    if (userId === formerUserId || max === 0) {
      const raised = await this.#index.raise(userId, storedId, deadline);
      if (raised !== "condemned") return raised === "entered" ? "entered" : "present";
      await this.finish(userId, [storedId]);
      return { kind: "gone" };
    }
    // No session has to end for a record that is gone or has changed.
    const current = await this.#sessions.get(this.#keyspace.record(storedId));
    if (current !== expected) return current === null ? { kind: "gone" } : { kind: "conflict", text: current };
    const { status, condemned } = await this.enter(userId, next, max);
    if (status === "limit") return { kind: "limit" };
    await this.finish(userId, condemned);
    return status === "condemned" ? { kind: "gone" } : status;
  }

  /** Enters a record. Elapsed ones leave the legacy set too, unless a legacy process has renewed them. */
  enter(userId: string, record: StoredRecord, max: number): ReturnType<UserIndex["add"]> {
    const entry = this.#index.add(userId, record, max);
    return this.#keyspace.hasLegacySets ? entry.then((made) => this.#elapsedLeaveSet(userId, made)) : entry;
  }

  async #elapsedLeaveSet<Entry extends { elapsed: string[] }>(userId: string, entry: Entry): Promise<Entry> {
    if (entry.elapsed.length === 0) return entry;
    const values = await this.#sessions.getMany(entry.elapsed.map((storedId) => this.#keyspace.record(storedId)));
    await this.#index.leaveSet(
      userId,
      entry.elapsed.filter((_, i) => values[i] === null),
    );
    return entry;
  }

  leave(userId: string | null, storedId: string): Promise<void> {
    return userId === null ? Promise.resolve() : this.#index.drop(userId, storedId);
  }

  /** Takes back an entry that was made for nothing, unless there is a record now that needs it. */
  async leaveUnlessOwned(userId: string, storedId: string): Promise<void> {
    const value = await this.#sessions.get(this.#keyspace.record(storedId));
    const facts = value === null ? null : await this.#readFacts(value, storedId);
    if (facts?.userId !== userId) await this.leave(userId, storedId);
  }

  /** Finishes condemned entries: removes their records, then the entries. Answers those whose records were there. */
  async finish(userId: string, condemned: readonly string[]): Promise<string[]> {
    if (condemned.length === 0) return [];
    const removed = await this.unlink(condemned);
    const gone = new Set(removed);
    await this.#index.forget(
      userId,
      removed,
      condemned.filter((storedId) => !gone.has(storedId)),
    );
    return removed;
  }

  /** Those whose records were there. */
  async unlink(storedIds: readonly string[]): Promise<string[]> {
    const size = this.#sessions.driver.cluster ? 1 : CHUNK;
    const chunks: [string, ...string[]][] = [];
    for (let from = 0; from < storedIds.length; from += size) {
      const keys = storedIds.slice(from, from + size).map((storedId) => this.#keyspace.record(storedId));
      chunks.push(keys as [string, ...string[]]);
    }
    const answers = await Promise.all(
      chunks.map(([record, ...others]) => this.#sessions.run(unlink, { record, others }, {})),
    );
    const removed = answers.flatMap(({ list }) => list);
    return storedIds.filter((_, i) => removed[i] === "1");
  }
}
