import type { Keyspace } from "../keyspace.js";
import type { AtomicScripts } from "../lua/atomic/index.js";
import { MEMBERS_AT_ONCE } from "../redis/driver.js";
import type { Executor } from "../redis/executor.js";
import { type ListedValue, pairs, pairsOfHalves } from "./execution.js";
import type { IndexKeys } from "./keys.js";
import { unpacked } from "./packed-ids.js";
import { readRecords } from "./read-records.js";

/** SORT changes a sorted set of so many members or fewer to an encoding that takes several times as much memory, for good. */
const SHORT = 128;

/** How many users are remembered to have more sessions. */
const MAX_REMEMBERED = 1_000;

/** Lists of a user's records: in one command, by the fastest that leaves the index as it is. */
export class AtomicLists {
  readonly #executor: Executor;
  readonly #keyspace: Keyspace;
  readonly #scripts: AtomicScripts;
  #canSort: boolean;
  /** The indexes that had more than a few members when they were listed last, the latest at the end. */
  readonly #long = new Set<string>();

  constructor(executor: Executor, keyspace: Keyspace, scripts: AtomicScripts) {
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#scripts = scripts;
    this.#canSort = !keyspace.recordPrefix.includes("*");
  }

  async read(keys: IndexKeys): Promise<ListedValue[]> {
    const lists = await this.#read(keys);
    return keys.legacySet === undefined ? lists : [...new Map(lists)];
  }

  async #read(keys: IndexKeys): Promise<ListedValue[]> {
    const { index, legacySet } = keys;
    if (this.#canSort && this.#long.has(index)) {
      const read = (key: string) => this.#executor.membersWithValues(key, `${this.#keyspace.recordPrefix}*`);
      const [ofIndex, ofSet] = await Promise.all([read(index), legacySet === undefined ? [] : read(legacySet)]);
      if (ofIndex !== null && ofSet !== null) {
        this.#remember(index, ofIndex.length / 2);
        const isLong = Math.max(ofIndex.length, ofSet.length) >= 2 * MEMBERS_AT_ONCE;
        return isLong ? await this.#readInPieces(keys) : [...pairs(ofIndex).reverse(), ...pairs(ofSet)];
      }
      this.#canSort = false;
    }
    const { recordPrefix } = this.#keyspace;
    const args = { recordPrefix, most: String(MEMBERS_AT_ONCE) };
    const answer = await this.#executor.run(this.#scripts.list, keys, args);
    if (answer.kind === "long") return await this.#readInPieces(keys);
    const number = answer.list.length / 2;
    // Beside a set, only what comes twice is known to be in the index.
    const ofIndex = legacySet === undefined ? number : number - new Set(answer.list.slice(0, number)).size;
    this.#remember(index, ofIndex);
    return pairsOfHalves(answer.list);
  }

  /** The index is gone, and the next one of this user begins as a short one. */
  forget({ index }: IndexKeys): void {
    this.#long.delete(index);
  }

  #remember(index: string, members: number): void {
    this.#long.delete(index);
    if (members <= SHORT) return;
    this.#long.add(index);
    const [oldest] = this.#long;
    if (this.#long.size > MAX_REMEMBERED && oldest !== undefined) this.#long.delete(oldest);
  }

  /** First all ids, at one moment, then their records. */
  async #readInPieces(keys: IndexKeys): Promise<ListedValue[]> {
    const { list } = await this.#executor.run(this.#scripts.listIds, keys, {});
    return await readRecords(this.#executor, this.#keyspace, await unpacked(list));
  }
}
