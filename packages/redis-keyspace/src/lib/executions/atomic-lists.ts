import type { Keyspace } from "../keyspace.js";
import type { AtomicScripts } from "../lua/atomic/index.js";
import { MEMBERS_AT_ONCE } from "../redis/driver.js";
import type { Executor } from "../redis/executor.js";
import { type ListedValue, pairs, type SessionLimit } from "./execution.js";
import type { IndexKeys } from "./keys.js";
import { unpacked } from "./packed-ids.js";
import { readRecords } from "./read-records.js";

/** Lists of a user's records: in one command, by the fastest that the server has. */
export class AtomicLists {
  readonly #executor: Executor;
  readonly #keyspace: Keyspace;
  readonly #scripts: AtomicScripts;
  #canSort: boolean;

  constructor(executor: Executor, keyspace: Keyspace, scripts: AtomicScripts, limit: SessionLimit) {
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#scripts = scripts;
    // SORT changes a short sorted set to a longer encoding for good, so where lists are known to be short a script does
    // it.
    this.#canSort = !keyspace.recordPrefix.includes("*") && (limit.max === 0 || limit.max > 128);
  }

  async read(keys: IndexKeys): Promise<ListedValue[]> {
    const lists = await this.#read(keys);
    return keys.legacySet === undefined ? lists : [...new Map(lists)];
  }

  async #read(keys: IndexKeys): Promise<ListedValue[]> {
    if (this.#canSort) {
      const { index, legacySet } = keys;
      const read = (key: string) => this.#executor.membersWithValues(key, `${this.#keyspace.recordPrefix}*`);
      const [ofIndex, ofSet] = await Promise.all([read(index), legacySet === undefined ? [] : read(legacySet)]);
      if (ofIndex !== null && ofSet !== null) {
        const isLong = Math.max(ofIndex.length, ofSet.length) >= 2 * MEMBERS_AT_ONCE;
        return isLong ? await this.#readInPieces(keys) : [...pairs(ofIndex).reverse(), ...pairs(ofSet)];
      }
      this.#canSort = false;
    }
    const { recordPrefix } = this.#keyspace;
    const args = { recordPrefix, most: String(MEMBERS_AT_ONCE) };
    const answer = await this.#executor.run(this.#scripts.list, keys, args);
    return answer.kind === "long" ? await this.#readInPieces(keys) : pairs(answer.list);
  }

  /** First all ids, at one moment, then their records. */
  async #readInPieces(keys: IndexKeys): Promise<ListedValue[]> {
    const { list } = await this.#executor.run(this.#scripts.listIds, keys, {});
    return await readRecords(this.#executor, this.#keyspace, await unpacked(list));
  }
}
