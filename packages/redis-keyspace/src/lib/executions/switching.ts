import type { Keyspace } from "../keyspace.js";
import { probe } from "../lua/probe.js";
import type { Topology } from "../observe.js";
import { isClosed } from "../records/header.js";
import { isKeysRefused } from "../redis/errors.js";
import type { Executor } from "../redis/executor.js";
import { hashSlot } from "../redis/key-slot.js";
import type { Execution } from "./execution.js";

export interface SwitchingOptions {
  readonly executor: Executor;
  readonly keyspace: Keyspace;
  /** Whether all keys are in one. Then only the keys that scripts make up can be refused. */
  readonly oneSlot: boolean;
  readonly atomic: Execution;
  /** Is made when it is needed. */
  readonly stepwise: () => Execution;
}

/**
 * Atomic, unless the server refuses to let one script use a record and its index; then stepwise, for good. The refused
 * operation is carried out again: a server refuses keys before it runs anything, and a script's made-up keys before the
 * script writes.
 *
 * Not every server that checks slots checks the keys that scripts make up, and then an atomic script would be at work
 * beside the steps of other processes. So the first operation has to name keys in two slots; where it does not by itself,
 * a script that does nothing goes before it, once.
 */
export class SwitchingExecution implements Execution {
  readonly #options: SwitchingOptions;
  #current: Execution;
  /** Whether the server has taken keys of two slots, or all are in one. */
  #takesKeys: boolean;
  #probing: Promise<unknown> | undefined;

  constructor(options: SwitchingOptions) {
    this.#options = options;
    this.#current = options.atomic;
    this.#takesKeys = options.oneSlot;
  }

  get topology(): Topology {
    return this.#current.topology;
  }

  // These name both keys, where they are told whose record it is, and need nothing before them.
  readonly create: Execution["create"] = (record) =>
    this.#run((execution) => execution.create(record), this.#proves(record));
  readonly update: Execution["update"] = (expected, formerUserId, record, max) =>
    this.#run(
      (execution) => execution.update(expected, formerUserId, record, max),
      // A former id stands in no index.
      this.#proves(record) && !isClosed(record.value),
    );
  readonly touch: Execution["touch"] = (...given) => this.#run((execution) => execution.touch(...given));
  readonly touchKey: Execution["touchKey"] = (touched) =>
    this.#run((execution) => execution.touchKey(touched), this.#proves(touched));
  readonly rotate: Execution["rotate"] = (...given) => this.#run((execution) => execution.rotate(...given));
  readonly delete: Execution["delete"] = (storedId, onlyUserId, userId = null) =>
    this.#run(
      (execution) => execution.delete(storedId, onlyUserId, userId),
      this.#proves({ storedId, userId: onlyUserId ?? userId }),
    );
  readonly deleteExact: Execution["deleteExact"] = (storedId, expected, userId) =>
    this.#run((execution) => execution.deleteExact(storedId, expected, userId), this.#proves({ storedId, userId }));
  readonly deleteAll: Execution["deleteAll"] = (...given) => this.#run((execution) => execution.deleteAll(...given));
  readonly list: Execution["list"] = (...given) => this.#run((execution) => execution.list(...given));
  readonly count: Execution["count"] = (...given) => this.#run((execution) => execution.count(...given));

  /** @param proves Whether the operation names keys in two slots. */
  #run<Outcome>(operation: (execution: Execution) => Promise<Outcome>, proves = false): Promise<Outcome> {
    const tried = this.#current;
    if (tried !== this.#options.atomic) return operation(tried);
    if (this.#takesKeys) return operation(tried).catch((error: unknown) => this.#apart(operation, error));
    return this.#prove(operation, proves).catch((error: unknown) => this.#apart(operation, error));
  }

  async #prove<Outcome>(operation: (execution: Execution) => Promise<Outcome>, proves: boolean): Promise<Outcome> {
    if (!proves) await this.#probe();
    const outcome = await operation(this.#options.atomic);
    if (proves) this.#takesKeys = true;
    return outcome;
  }

  /** Again, if that is what the server has refused. */
  #apart<Outcome>(operation: (execution: Execution) => Promise<Outcome>, error: unknown): Promise<Outcome> {
    if (!isKeysRefused(error)) throw error;
    const { atomic, stepwise, executor } = this.#options;
    if (this.#current === atomic) {
      this.#current = stepwise();
      executor.incident?.({ kind: "topology", topology: "stepwise" });
    }
    return operation(this.#current);
  }

  #proves({ storedId, userId = null }: { readonly storedId: string; readonly userId?: string | null }): boolean {
    return !this.#takesKeys && userId !== null && this.#isApart(storedId, userId);
  }

  #probe(): Promise<unknown> {
    this.#probing ??= this.#tryKeys().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  /** Nothing is ever stored under these keys. */
  async #tryKeys(): Promise<void> {
    const { keyspace, executor } = this.#options;
    let n = 0;
    while (!this.#isApart(String(n), "0")) n++;
    await executor.run(probe, { record: keyspace.record(String(n)), index: keyspace.index("0") }, {});
    this.#takesKeys = true;
  }

  #isApart(storedId: string, userId: string): boolean {
    const { keyspace, executor } = this.#options;
    const { keyPrefix } = executor.driver;
    return hashSlot(keyPrefix + keyspace.record(storedId)) !== hashSlot(keyPrefix + keyspace.index(userId));
  }
}
