import type { Keyspace } from "../keyspace.js";
import { atomicScripts } from "../lua/atomic/index.js";
import { replace, store, storeUndated } from "../lua/stepwise/record-scripts.js";
import type { Executor } from "../redis/executor.js";
import type { CreateOutcome, DeleteExactOutcome, StoredRecord, UpdateOutcome } from "./execution.js";

/** The steps on a record alone. */
export class StepwiseRecords {
  readonly #executor: Executor;
  readonly #keyspace: Keyspace;
  readonly #store: typeof store | typeof storeUndated;

  constructor(executor: Executor, keyspace: Keyspace, hasHeader: boolean) {
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#store = hasHeader ? store : storeUndated;
  }

  read(storedId: string): Promise<string | null> {
    return this.#executor.get(this.#keyspace.record(storedId));
  }

  /** @param isNew Whether it is another session, and not one that moves. */
  create({ storedId, value, deadline, userId }: StoredRecord, isNew = true): Promise<CreateOutcome> {
    const args = { value, deadline: String(deadline), storedId, kind: isNew ? undefined : "changed" };
    return this.#executor.run(this.#store, this.#key(storedId), args, { owner: userId });
  }

  /** @param successor The id that takes its place, if it is what a rotation leaves. */
  replace(
    expected: string,
    { storedId, userId, value, deadline }: StoredRecord,
    formerOwner: string | null,
    successor?: string,
  ): Promise<UpdateOutcome> {
    const args = { expected, value, deadline: String(deadline), storedId, successor };
    return this.#executor.run(replace, this.#key(storedId), args, { owner: userId, formerOwner });
  }

  /** @param successor The id that takes its place, if it moves. */
  deleteExact(
    storedId: string,
    expected: string,
    owner: string | null,
    successor?: string,
  ): Promise<DeleteExactOutcome> {
    const args = { expected, storedId, successor };
    return this.#executor.run(atomicScripts.deleteExact, this.#key(storedId), args, { owner });
  }

  #key(storedId: string): { readonly record: string } {
    return { record: this.#keyspace.record(storedId) };
  }
}
