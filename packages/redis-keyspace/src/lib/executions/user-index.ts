import type { Keyspace } from "../keyspace.js";
import { count } from "../lua/atomic/list.js";
import { type IndexScripts, indexScripts, legacyIndexScripts } from "../lua/stepwise/index-scripts.js";
import { addToSet, membersOfSet, removeFromSet } from "../lua/stepwise/legacy-set-scripts.js";
import type { Executor } from "../redis/executor.js";
import type { SessionLimit, StoredRecord } from "./execution.js";

type Status = "entered" | "present" | "condemned" | "limit";

/** A user's index as a key by itself, and the legacy set beside it if there is one. */
export class UserIndex {
  readonly #executor: Executor;
  readonly #keyspace: Keyspace;
  readonly #scripts: IndexScripts;
  readonly #whenFull: SessionLimit["whenFull"];

  constructor(executor: Executor, keyspace: Keyspace, { whenFull }: SessionLimit) {
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#scripts = keyspace.hasLegacySets ? legacyIndexScripts : indexScripts;
    this.#whenFull = whenFull;
  }

  /** Enters a stored id. `elapsed`: those that have left the index for it, and have to leave the set. */
  async add(
    userId: string,
    { storedId, deadline }: StoredRecord,
    max: number,
  ): Promise<{ status: Status; condemned: string[]; elapsed: string[] }> {
    const { list } = await this.#executor.run(this.#scripts.add, this.#key(userId), {
      storedId,
      deadline: String(deadline),
      limit: String(max),
      whenFull: this.#whenFull,
      lifetimeMs: this.#setLifetime(deadline),
    });
    const end = list.indexOf("");
    return {
      status: list[0] as Status,
      condemned: list.slice(1, end) as string[],
      elapsed: list.slice(end + 1) as string[],
    };
  }

  /** Raises an entry's deadline; one that is not there is entered. */
  async raise(userId: string, storedId: string, deadline: number): Promise<"raised" | "entered" | "condemned"> {
    const lifetimeMs = this.#setLifetime(deadline);
    const args = { storedId, deadline: String(deadline), lifetimeMs };
    return (await this.#executor.run(this.#scripts.raise, this.#key(userId), args)).kind;
  }

  /** Lowers an entry's deadline, unless somebody raised it meanwhile. */
  async lower(userId: string, storedId: string, deadline: number, formerDeadline: number): Promise<void> {
    const args = { storedId, deadline: String(deadline), formerDeadline: String(formerDeadline) };
    await this.#executor.run(this.#scripts.lower, this.#key(userId), args);
  }

  async has(userId: string, storedId: string): Promise<boolean> {
    return (await this.#executor.run(this.#scripts.has, this.#key(userId), { storedId })).kind === "live";
  }

  /** The one that ends last first; those that only the legacy set has come last. */
  async members(userId: string): Promise<{ live: string[]; condemned: string[] }> {
    const [{ list }, ofSet] = await Promise.all([
      this.#executor.run(this.#scripts.members, this.#key(userId), {}),
      this.membersOfSet(userId),
    ]);
    const members = list as string[];
    const end = members.indexOf("");
    const condemned = members.slice(end + 1);
    const live = new Set([...members.slice(0, end), ...ofSet]);
    for (const storedId of condemned) live.delete(storedId);
    return { live: [...live], condemned };
  }

  /** Condemns all entries but one, and answers all that are condemned now. */
  async condemn(userId: string, except: string | undefined): Promise<string[]> {
    return (await this.#executor.run(this.#scripts.condemn, this.#key(userId), { except })).list as string[];
  }

  /** Takes out condemned entries. Those whose records were not there stay for a minute, as tombstones. */
  async forget(userId: string, removed: readonly string[], absent: readonly string[]): Promise<void> {
    const args = { removedCount: String(removed.length), storedIds: [...removed, ...absent] };
    await Promise.all([
      this.#executor.run(this.#scripts.forget, this.#key(userId), args),
      this.leaveSet(userId, removed),
    ]);
  }

  async drop(userId: string, storedId: string): Promise<void> {
    const dropped = this.#executor.run(this.#scripts.drop, this.#key(userId), { storedId });
    await (this.#keyspace.hasLegacySets ? Promise.all([dropped, this.leaveSet(userId, [storedId])]) : dropped);
  }

  async count(userId: string): Promise<number> {
    return (await this.#executor.run(count, this.#key(userId), {})).number;
  }

  async enterSet(userId: string, storedId: string, deadline: number): Promise<void> {
    const legacySet = this.#keyspace.legacySet(userId);
    const lifetimeMs = this.#setLifetime(deadline);
    if (legacySet === undefined || lifetimeMs === undefined) return;
    await this.#executor.run(addToSet, { legacySet }, { storedId, lifetimeMs });
  }

  async leaveSet(userId: string, storedIds: readonly string[]): Promise<void> {
    const legacySet = this.#keyspace.legacySet(userId);
    if (legacySet === undefined || storedIds.length === 0) return;
    await this.#executor.run(removeFromSet, { legacySet }, { storedIds });
  }

  async membersOfSet(userId: string): Promise<string[]> {
    const legacySet = this.#keyspace.legacySet(userId);
    return legacySet === undefined
      ? []
      : ((await this.#executor.run(membersOfSet, { legacySet }, {})).list as string[]);
  }

  /** A legacy set, and the index beside it, live twice as long as the session: see `lua/legacy-sets.ts`. */
  #setLifetime(deadline: number): string | undefined {
    return this.#keyspace.hasLegacySets ? String(Math.max(0, 2 * (deadline - Date.now()))) : undefined;
  }

  #key(userId: string): { index: string } {
    return { index: this.#keyspace.index(userId) };
  }
}
