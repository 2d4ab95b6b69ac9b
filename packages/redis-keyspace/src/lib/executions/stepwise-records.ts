import type { Keyspace } from "../keyspace.js";
import { atomicScripts } from "../lua/atomic/index.js";
import { replace, store, storeUndated } from "../lua/stepwise/record-scripts.js";
import type { Executor } from "../redis/executor.js";
import type { CreateOutcome, DeleteExactOutcome, StoredRecord, UpdateOutcome } from "./execution.js";

type RecordAlone = Omit<StoredRecord, "userId">;

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

  create({ storedId, value, deadline }: RecordAlone): Promise<CreateOutcome> {
    return this.#executor.run(this.#store, this.#key(storedId), { value, deadline: String(deadline) });
  }

  replace(expected: string, { storedId, value, deadline }: RecordAlone): Promise<UpdateOutcome> {
    return this.#executor.run(replace, this.#key(storedId), { expected, value, deadline: String(deadline) });
  }

  deleteExact(storedId: string, expected: string): Promise<DeleteExactOutcome> {
    return this.#executor.run(atomicScripts.deleteExact, this.#key(storedId), { expected, storedId });
  }

  #key(storedId: string): { readonly record: string } {
    return { record: this.#keyspace.record(storedId) };
  }
}
