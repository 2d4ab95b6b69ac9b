import type { Keyspace } from "../keyspace.js";
import { unlink } from "../lua/stepwise/record-scripts.js";
import { linkedIds } from "../records/header.js";
import type { ReadFacts } from "../records/record-model.js";
import { isKeysRefused } from "../redis/errors.js";
import type { Executor } from "../redis/executor.js";
import { chunks, type StoredRecord } from "./execution.js";
import type { Entry, UserIndex } from "./user-index.js";

/** Why a session has ended; `undefined`: it had ended before, and this is what was left of it. */
type Reason = "revoked" | "replaced" | undefined;

interface EntriesOptions {
  readonly hasHeader: boolean;
  readonly readFacts: ReadFacts;
}

/** The steps that look at both a record and its entry in a user's index. */
export class Entries {
  readonly #index: UserIndex;
  readonly #sessions: Executor;
  readonly #keyspace: Keyspace;
  readonly #hasHeader: boolean;
  readonly #readFacts: ReadFacts;

  constructor(index: UserIndex, sessions: Executor, keyspace: Keyspace, { hasHeader, readFacts }: EntriesOptions) {
    this.#index = index;
    this.#sessions = sessions;
    this.#keyspace = keyspace;
    this.#hasHeader = hasHeader;
    this.#readFacts = readFacts;
  }

  /** Enters a record. Elapsed ones leave the legacy set too, unless a legacy process has renewed them. */
  enter(userId: string, record: StoredRecord, max: number): Promise<Entry> {
    const entry = this.#index.add(userId, record, max);
    return this.#keyspace.hasLegacySets ? entry.then((made) => this.#elapsedLeaveSet(userId, made)) : entry;
  }

  async #elapsedLeaveSet(userId: string, entry: Entry): Promise<Entry> {
    if (entry.elapsed.length === 0) return entry;
    const values = await this.#sessions.getMany(entry.elapsed.map((storedId) => this.#keyspace.record(storedId)));
    await this.#index.leaveSet(
      userId,
      entry.elapsed.filter((_, i) => values[i] === null),
    );
    return entry;
  }

  /** An entry's deadline comes before its record's. Answers whether the entry is new, or why nothing can be written. */
  async raise(
    userId: string | null,
    storedId: string,
    deadline: number,
  ): Promise<"entered" | "raised" | { readonly kind: "gone" } | { readonly kind: "elapsed" }> {
    if (userId === null) return "raised";
    const raised = await this.#index.raise(userId, storedId, deadline);
    if (raised === "elapsed") return { kind: "elapsed" };
    if (raised === "condemned") {
      await this.finish(userId, [storedId], "revoked");
      return { kind: "gone" };
    }
    await this.#index.enterSet(userId, storedId, deadline);
    return raised;
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
  async finish(userId: string, condemned: readonly string[], reason: Reason): Promise<string[]> {
    const ended: string[] = [];
    for (const some of chunks(condemned)) {
      const removed = await this.unlink(userId, some, reason);
      const gone = new Set(removed);
      await this.#index.forget(
        userId,
        removed,
        some.filter((storedId) => !gone.has(storedId)),
      );
      ended.push(...removed);
    }
    return ended;
  }

  /** Takes a record that is gone out of the index, and ends what is the same session under another id. */
  async end(userId: string | null, storedId: string, text: string | null): Promise<void> {
    await this.leave(userId, storedId);
    await this.endLinked(userId, storedId, text);
  }

  /** Ends what is the same session as `text`, which was `storedId`'s, under another id. */
  async endLinked(userId: string | null, storedId: string, text: string | null): Promise<void> {
    for (const linked of await this.linkedTo(text, storedId)) {
      await this.unlink(userId, [linked], "revoked");
      await this.leave(userId, linked);
    }
  }

  /** The stored ids that rotations with a grace have left beside this one. */
  async linkedTo(text: string | null, storedId: string): Promise<string[]> {
    return this.#hasHeader && text !== null
      ? await linkedIds(text, storedId, (other) => this.#sessions.get(this.#keyspace.record(other)))
      : [];
  }

  /** Those whose records were there. */
  async unlink(userId: string | null, storedIds: readonly string[], reason: Reason): Promise<string[]> {
    const unlinked: string[] = [];
    for (const some of chunks(storedIds)) {
      const removed = await this.#unlink(userId, some, reason);
      for (const [i, storedId] of some.entries()) if (removed[i] === "1") unlinked.push(storedId);
    }
    return unlinked;
  }

  /** Answers `1` for each whose record was there. */
  async #unlink(userId: string | null, storedIds: readonly string[], reason: Reason): Promise<string> {
    const groups = this.#sessions.oneKeyEach ? storedIds.map((storedId) => [storedId]) : [storedIds];
    try {
      const answers = await Promise.all(groups.map((group) => this.#unlinkTogether(userId, group, reason)));
      return answers.map(({ text }) => text).join("");
    } catch (error) {
      // The server takes one slot only, which the executor remembers.
      if (groups.length > 1 || !isKeysRefused(error)) throw error;
      return await this.#unlink(userId, storedIds, reason);
    }
  }

  #unlinkTogether(owner: string | null, storedIds: readonly string[], reason: Reason) {
    const [record, ...others] = storedIds.map((storedId) => this.#keyspace.record(storedId)) as [string, ...string[]];
    return this.#sessions.run(unlink, { record, others }, { reason, storedIds }, { owner });
  }
}
