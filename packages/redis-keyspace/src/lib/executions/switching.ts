import type { Keyspace } from "../keyspace.js";
import { probe } from "../lua/probe.js";
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
  readonly onSwitch: () => void;
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
  #probing: Promise<unknown> | undefined;

  constructor(options: SwitchingOptions) {
    this.#options = options;
    this.#current = options.atomic;
  }

  readonly create: Execution["create"] = (record, ...rest) =>
    this.#run(record.userId !== null, (execution) => execution.create(record, ...rest));
  readonly update: Execution["update"] = (expected, formerUserId, record, ...rest) =>
    this.#run(formerUserId !== null || record.userId !== null, (execution) =>
      execution.update(expected, formerUserId, record, ...rest),
    );
  readonly touch: Execution["touch"] = (...given) => this.#run(false, (execution) => execution.touch(...given));
  readonly touchKey: Execution["touchKey"] = (touched, ...rest) =>
    this.#run(touched.userId !== null, (execution) => execution.touchKey(touched, ...rest));
  readonly rotate: Execution["rotate"] = (...given) => this.#run(false, (execution) => execution.rotate(...given));
  readonly delete: Execution["delete"] = (...given) => this.#run(false, (execution) => execution.delete(...given));
  readonly deleteExact: Execution["deleteExact"] = (...given) =>
    this.#run(false, (execution) => execution.deleteExact(...given));
  readonly deleteAll: Execution["deleteAll"] = (...given) =>
    this.#run(false, (execution) => execution.deleteAll(...given));
  readonly list: Execution["list"] = (...given) => this.#run(false, (execution) => execution.list(...given));
  readonly count: Execution["count"] = (...given) => this.#run(false, (execution) => execution.count(...given));

  /** @param namesTwo Whether the operation names a record and an index. */
  async #run<Outcome>(namesTwo: boolean, operation: (execution: Execution) => Promise<Outcome>): Promise<Outcome> {
    const { atomic, stepwise, onSwitch } = this.#options;
    const tried = this.#current;
    try {
      if (tried === atomic && !namesTwo) await this.#probe();
      return await operation(tried);
    } catch (error) {
      if (tried !== atomic || !isKeysRefused(error)) throw error;
    }
    if (this.#current === atomic) {
      this.#current = stepwise();
      onSwitch();
    }
    return await operation(this.#current);
  }

  #probe(): Promise<unknown> | undefined {
    const { executor, oneSlot } = this.#options;
    if (oneSlot || executor.takesSlots) return undefined;
    this.#probing ??= executor.run(probe, this.#keys(), {}).finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  /** Of two slots; nothing is ever stored there. */
  #keys(): { record: string; index: string } {
    const { keyspace, executor } = this.#options;
    const { keyPrefix } = executor.driver;
    const index = keyspace.index("0");
    for (let n = 0; ; n++) {
      const record = keyspace.record(String(n));
      if (hashSlot(keyPrefix + record) !== hashSlot(keyPrefix + index)) return { record, index };
    }
  }
}
