import { connect, type StoreClient } from "./executions/choose.js";
import { checkPrefixes, isName, scanPattern, toKey } from "./keyspace.js";
import { unlink } from "./lua/stepwise/record-scripts.js";
import * as scripts from "./lua/values.js";
import { checkObserver, observed, observer } from "./observe.js";
import { isOperationKey } from "./operation-keys.js";
import { checkKnown } from "./options.js";
import { MAX_LIFETIME_MS } from "./records/expiry.js";
import type { Executor } from "./redis/executor.js";
import { type CommonOptions, type OptionNames, optionNamer } from "./store-options.js";

/** Names of values may be this long, in UTF-16 code units. */
const MAX_NAME_LENGTH = 2048;

export interface ValueStoreOptions extends Pick<CommonOptions, "observe" | "commandTimeoutMs"> {
  /** What every key starts with; the name follows. */
  readonly prefix: string;
  /** What an adapter calls these options, where it has other names for them. Default: none. */
  readonly optionNames?: OptionNames | undefined;
}

/**
 * Single keys that hold a text for a while, for what a framework keeps beside its sessions: codes, marks, counters. A name
 * that cannot be one is an absent value for a reader and a `TypeError` for a writer.
 */
export class ValueStore {
  readonly #executor: Executor;
  readonly #prefix: string;

  /** @internal */
  constructor(executor: Executor, prefix: string) {
    this.#executor = executor;
    this.#prefix = prefix;
  }

  async get(name: string): Promise<string | null> {
    return isValueName(name) ? await this.#executor.get(this.#key(name)) : null;
  }

  /** Stores a text in place of what is there. One whose lifetime is over is removed. At most ten years. */
  async set(name: string, value: string, lifetimeMs: number = MAX_LIFETIME_MS): Promise<void> {
    const lifetime = checkedLifetime(name, lifetimeMs);
    if (lifetime < 1) return await this.delete(name);
    await this.#executor.run(scripts.setValue, { record: this.#key(name) }, { value, lifetimeMs: String(lifetime) });
  }

  /** Removes a value and answers it: of all who take one, one gets it. */
  async take(name: string): Promise<string | null> {
    if (!isValueName(name)) return null;
    const answer = await this.#executor.run(scripts.takeValue, { record: this.#key(name) }, {});
    return answer.kind === "taken" ? answer.text : null;
  }

  /**
   * Adds one to a counter, which ends a fixed time after its first.
   *
   * @returns The new count.
   */
  async increment(name: string, lifetimeMs: number): Promise<number> {
    const lifetime = checkedLifetime(name, lifetimeMs);
    if (lifetime < 1) throw new TypeError("a counter must last a millisecond or longer");
    const args = { lifetimeMs: String(lifetime) };
    return (await this.#executor.run(scripts.increment, { record: this.#key(name) }, args)).number;
  }

  async delete(name: string): Promise<void> {
    if (isValueName(name)) await this.#executor.run(unlink, { record: this.#key(name), others: [] }, { storedIds: [] });
  }

  /** All names, with SCAN: for maintenance, not for requests. One may come twice. */
  async *names(): AsyncIterable<string> {
    const start = this.#executor.driver.keyPrefix + this.#prefix;
    for await (const keys of this.#executor.scan(scanPattern(start))) {
      for (const key of keys) if (!isOperationKey(key)) yield key.slice(start.length);
    }
  }

  #key(name: string): string {
    return toKey(this.#prefix, name);
  }
}

/** @throws {TypeError} naming the option that is wrong. */
export function createValueStore(client: StoreClient, options: ValueStoreOptions): ValueStore {
  checkKnown(options, ["prefix", "observe", "commandTimeoutMs", "optionNames"]);
  const { prefix, observe, commandTimeoutMs } = options;
  const named = optionNamer(options.optionNames);
  checkPrefixes({ prefix }, undefined, named);
  if (observe !== undefined) checkObserver(named("observe"), observe);
  const { operation, incident } = observer(observe);
  const { sessions: executor } = connect(client, { commandTimeoutMs, incident, named });
  const store = new ValueStore(executor, prefix);
  if (operation === undefined) return store;
  const topology = () => (executor.oneKeyEach ? ("stepwise" as const) : ("atomic" as const));
  return observed(store, operation, { keyKind: "value", driver: executor.driver.name, topology });
}

function isValueName(name: unknown): name is string {
  return isName(name, MAX_NAME_LENGTH);
}

/** In whole milliseconds. */
function checkedLifetime(name: string, lifetimeMs: number): number {
  if (!isValueName(name)) {
    throw new TypeError(`a name must be a well-formed string of 1 to ${MAX_NAME_LENGTH} characters`);
  }
  if (typeof lifetimeMs !== "number" || Number.isNaN(lifetimeMs)) throw new TypeError("a lifetime must be a number");
  return Math.floor(Math.min(lifetimeMs, MAX_LIFETIME_MS));
}
