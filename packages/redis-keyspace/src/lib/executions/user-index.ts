import type { Keyspace } from "../keyspace.js";
import { type IndexScripts, indexScripts, legacyIndexScripts } from "../lua/stepwise/index-scripts.js";
import { addToSet, membersOfSet, removeFromSet } from "../lua/stepwise/legacy-set-scripts.js";
import type { Executor } from "../redis/executor.js";
import { chunks, type SessionLimit, type StoredRecord } from "./execution.js";
import { unpacked } from "./packed-ids.js";

type Status = "entered" | "present" | "condemned" | "elapsed";

/** What the index says of a create that begins. */
export interface Entry {
  readonly status: Status;
  readonly condemned: readonly string[];
  /** Those that have left the index for it, and have to leave the set. */
  readonly elapsed: readonly string[];
  /** Where the index looks full: the others, the one that ends first first. */
  readonly others: readonly string[];
}

/** What a limit needs to be kept when a create ends. */
export interface Confirmation {
  readonly limit: number;
  readonly whenFull: SessionLimit["whenFull"];
  readonly sendBefore: string;
  /** Those without a record. */
  readonly ghosts: readonly string[];
  /** Those that have one and are no sessions. */
  readonly uncounted: readonly string[];
}

/** A user's index as a key by itself, and the legacy set beside it if there is one. */
export class UserIndex {
  readonly #executor: Executor;
  readonly #keyspace: Keyspace;
  readonly #scripts: IndexScripts;

  constructor(executor: Executor, keyspace: Keyspace) {
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#scripts = keyspace.hasLegacySets ? legacyIndexScripts : indexScripts;
  }

  /** Enters a stored id whose create begins. */
  async add(userId: string, { storedId, deadline }: StoredRecord, max: number): Promise<Entry> {
    const { list } = await this.#executor.run(this.#scripts.add, this.#key(userId), {
      storedId,
      deadline: String(deadline),
      // Beside a set, the entries are asked for, to know what only the set knows of.
      limit: max === 0 ? undefined : String(this.#keyspace.hasLegacySets ? 0 : max),
      lifetimeMs: this.#setLifetime(deadline),
    });
    const first = list.indexOf("");
    const second = list.indexOf("", first + 1);
    return {
      status: list[0] as Status,
      condemned: list.slice(1, first) as string[],
      elapsed: list.slice(first + 1, second) as string[],
      others: list.slice(second + 1) as string[],
    };
  }

  /** Ends a create. `condemned`: those that have to end for it. */
  async confirm(
    userId: string,
    storedId: string,
    confirmation?: Confirmation,
  ): Promise<
    | { readonly status: "confirmed"; readonly condemned: readonly string[] }
    | { readonly status: "condemned" | "limit" }
    | { readonly status: "late"; readonly redisNow: number }
  > {
    const room = confirmation === undefined ? { storedIds: [] } : toArguments(confirmation);
    const { list } = await this.#executor.run(this.#scripts.confirm, this.#key(userId), { storedId, ...room });
    const [status, ...condemned] = list as ["confirmed" | "condemned" | "limit" | "late", ...string[]];
    if (status === "confirmed") return { status, condemned };
    return status === "late" ? { status, redisNow: Number(condemned[0]) } : { status };
  }

  /** Raises an entry's deadline; one that is not there is entered. */
  async raise(
    userId: string,
    storedId: string,
    deadline: number,
  ): Promise<"raised" | "entered" | "condemned" | "elapsed"> {
    const lifetimeMs = this.#setLifetime(deadline);
    const args = { storedId, deadline: String(deadline), lifetimeMs };
    return (await this.#executor.run(this.#scripts.raise, this.#key(userId), args)).kind;
  }

  /** Lowers an entry's deadline, unless somebody raised it meanwhile. */
  async lower(userId: string, storedId: string, deadline: number, formerDeadline: number): Promise<void> {
    const args = { storedId, deadline: String(deadline), formerDeadline: String(formerDeadline) };
    await this.#executor.run(this.#scripts.lower, this.#key(userId), args);
  }

  /** Makes a former id of an entry. */
  async retire(userId: string, storedId: string, graceEnd: number): Promise<void> {
    await this.#executor.run(this.#scripts.retire, this.#key(userId), { storedId, graceEnd: String(graceEnd) });
    await this.leaveSet(userId, [storedId]);
  }

  /** The one that ends last first; those that only the legacy set has come last. */
  async members(userId: string): Promise<{ live: string[]; condemned: string[] }> {
    const [{ list }, ofSet] = await Promise.all([
      this.#executor.run(this.#scripts.members, this.#key(userId), {}),
      this.membersOfSet(userId),
    ]);
    const end = list.indexOf("");
    const condemned = await unpacked(list.slice(end + 1));
    const entered = await unpacked(list.slice(0, end));
    if (ofSet.length === 0) return { live: entered, condemned };
    const live = new Set(entered);
    for (const storedId of ofSet) live.add(storedId);
    for (const storedId of condemned) live.delete(storedId);
    return { live: [...live], condemned };
  }

  /** Condemns all entries but some, and answers all that are condemned now: sessions, and the former ids of sessions. */
  async condemn(userId: string, except: readonly string[]): Promise<{ sessions: string[]; formers: string[] }> {
    const { list } = await this.#executor.run(this.#scripts.condemn, this.#key(userId), { except });
    const end = list.indexOf("");
    return { sessions: await unpacked(list.slice(0, end)), formers: await unpacked(list.slice(end + 1)) };
  }

  /** Takes out condemned entries. Those whose records were not there stay for a minute, as tombstones. */
  async forget(userId: string, removed: readonly string[], absent: readonly string[]): Promise<void> {
    for (const storedIds of chunks(removed)) await this.#forget(userId, storedIds.length, storedIds);
    for (const storedIds of chunks(absent)) await this.#forget(userId, 0, storedIds);
    await this.leaveSet(userId, removed);
  }

  async #forget(userId: string, removed: number, storedIds: readonly string[]): Promise<void> {
    const args = { removedCount: String(removed), storedIds };
    await this.#executor.run(this.#scripts.forget, this.#key(userId), args);
  }

  async drop(userId: string, storedId: string): Promise<void> {
    const dropped = this.#executor.run(this.#scripts.drop, this.#key(userId), { storedId });
    await (this.#keyspace.hasLegacySets ? Promise.all([dropped, this.leaveSet(userId, [storedId])]) : dropped);
  }

  async enterSet(userId: string, storedId: string, deadline: number): Promise<void> {
    const legacySet = this.#keyspace.legacySet(userId);
    const lifetimeMs = this.#setLifetime(deadline);
    if (legacySet === undefined || lifetimeMs === undefined) return;
    await this.#executor.run(addToSet, { legacySet }, { storedId, lifetimeMs });
  }

  async leaveSet(userId: string, storedIds: readonly string[]): Promise<void> {
    const legacySet = this.#keyspace.legacySet(userId);
    if (legacySet === undefined) return;
    for (const some of chunks(storedIds)) await this.#executor.run(removeFromSet, { legacySet }, { storedIds: some });
  }

  async membersOfSet(userId: string): Promise<string[]> {
    const legacySet = this.#keyspace.legacySet(userId);
    return legacySet === undefined
      ? []
      : await unpacked((await this.#executor.run(membersOfSet, { legacySet }, {})).list);
  }

  /** A legacy set, and the index beside it, live twice as long as the session: see `lua/legacy-sets.ts`. */
  #setLifetime(deadline: number): string | undefined {
    return this.#keyspace.hasLegacySets ? String(Math.max(0, 2 * (deadline - Date.now()))) : undefined;
  }

  #key(userId: string): { index: string } {
    return { index: this.#keyspace.index(userId) };
  }
}

function toArguments({ limit, whenFull, sendBefore, ghosts, uncounted }: Confirmation) {
  const ghostCount = String(ghosts.length);
  return { limit: String(limit), whenFull, sendBefore, ghostCount, storedIds: [...ghosts, ...uncounted] };
}
