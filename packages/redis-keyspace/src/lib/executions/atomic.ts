import type { Keyspace } from "../keyspace.js";
import { type AtomicScripts, atomicScripts, legacyAtomicScripts } from "../lua/atomic/index.js";
import { hasElapsed } from "../records/expiry.js";
import { closeAt, readHeader } from "../records/header.js";
import type { ReadFacts } from "../records/record-model.js";
import type { Executor } from "../redis/executor.js";
import {
  type CreateOutcome,
  type DeleteExactOutcome,
  type DeleteOutcome,
  type Execution,
  type ListedValue,
  pairs,
  type RotateOutcome,
  type SessionLimit,
  type StoredRecord,
  type TouchedKey,
  type TouchOutcome,
  type UpdateOutcome,
} from "./execution.js";

export interface AtomicOptions {
  readonly executor: Executor;
  readonly keyspace: Keyspace;
  readonly limit: SessionLimit;
  /** The member of a record's JSON that holds its owner. */
  readonly userIdField: string;
  readonly readFacts: ReadFacts;
}

/** One script for a record and its index: atomic, in one round trip. */
export class AtomicExecution implements Execution {
  readonly #executor: Executor;
  readonly #keyspace: Keyspace;
  readonly #scripts: AtomicScripts;
  readonly #limit: SessionLimit;
  readonly #userIdField: string;
  readonly #readFacts: ReadFacts;
  /** The prefixes that scripts make keys up with. */
  readonly #made: { readonly indexPrefix: string; readonly legacyPrefix: string | undefined };
  #canSort: boolean;

  constructor({ executor, keyspace, limit, userIdField, readFacts }: AtomicOptions) {
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#scripts = keyspace.hasLegacySets ? legacyAtomicScripts : atomicScripts;
    this.#limit = limit;
    this.#userIdField = userIdField;
    this.#readFacts = readFacts;
    this.#made = { indexPrefix: keyspace.indexPrefix, legacyPrefix: keyspace.legacyPrefix };
    // SORT turns a short sorted set into a longer encoding for good, so a list that is known to be short goes without.
    this.#canSort = !keyspace.recordPrefix.includes("*") && (limit.max === 0 || limit.max > 128);
  }

  create({ storedId, userId, value, deadline }: StoredRecord): Promise<CreateOutcome> {
    return this.#executor.run(
      this.#scripts.create,
      { record: this.#keyspace.record(storedId), ...this.#ofUser(userId) },
      { value, deadline: String(deadline), storedId, ...this.#limitOf(this.#limit.max) },
    );
  }

  update(
    expected: string,
    formerUserId: string | null,
    { storedId, userId, value, deadline }: StoredRecord,
    max: number,
  ): Promise<UpdateOutcome> {
    const moves = userId !== formerUserId;
    const former = moves ? this.#ofUser(formerUserId) : {};
    return this.#executor.run(
      this.#scripts.update,
      {
        record: this.#keyspace.record(storedId),
        ...this.#ofUser(userId),
        formerIndex: former.index,
        formerLegacySet: former.legacySet,
      },
      {
        ...{ expected, value, deadline: String(deadline), storedId },
        ...(moves && userId !== null && max > 0 && this.#limitOf(max)),
      },
    );
  }

  touch(storedId: string, deadline: number): Promise<TouchOutcome> {
    const record = this.#keyspace.record(storedId);
    return this.#executor.run(this.#scripts.touch, { record }, { deadline: String(deadline), storedId, ...this.#made });
  }

  touchKey({ storedId, userId, deadline, enoughMs }: TouchedKey): Promise<TouchOutcome> {
    return this.#executor.run(
      this.#scripts.touchKey,
      { record: this.#keyspace.record(storedId), ...this.#ofUser(userId) },
      { deadline: String(deadline), storedId, enoughMs: enoughMs === undefined ? undefined : String(enoughMs) },
    );
  }

  async rotate(storedId: string, newStoredId: string, graceMs: number): Promise<RotateOutcome> {
    const keys = { record: this.#keyspace.record(storedId), newRecord: this.#keyspace.record(newStoredId) };
    for (;;) {
      const args = { storedId, newStoredId, graceMs: String(graceMs), ...this.#made };
      const answer = await this.#executor.run(this.#scripts.rotate, keys, args);
      if (answer.kind !== "unreadable") return answer;
      const value = answer.list[0] as string;
      const facts = await this.#readFacts(value, storedId);
      if (facts === null) return { kind: "gone" };
      const { userId, deadline } = facts;
      if (deadline === null || (graceMs > 0 && readHeader(value) === null)) return { kind: "ttl-only" };
      if (hasElapsed(deadline)) return { kind: "gone" };
      const graceEnd = Math.min(Date.now() + graceMs, deadline);
      const { kind } = await this.#executor.run(
        this.#scripts.move,
        { ...keys, ...this.#ofUser(userId) },
        {
          ...{ expected: value, deadline: String(deadline), storedId, newStoredId },
          ...(graceMs > 0 && { closed: closeAt(value, graceEnd), graceEnd: String(graceEnd) }),
        },
      );
      if (kind === "moved") return { kind: "rotated", text: value };
      if (kind === "exists") return { kind };
    }
  }

  async delete(storedId: string, onlyUserId?: string): Promise<DeleteOutcome> {
    const userIdField = this.#userIdField || undefined;
    const answer = await this.#executor.run(
      this.#scripts.delete,
      { record: this.#keyspace.record(storedId) },
      { storedId, userIdField, onlyUserId, ...this.#made },
    );
    if (answer.kind !== "unreadable") return answer;
    const text = answer.list[0] as string;
    const facts = await this.#readFacts(text, storedId);
    if (facts === null || (onlyUserId !== undefined && facts.userId !== onlyUserId)) return { kind: "gone" };
    const { kind } = await this.deleteExact(storedId, text, facts.userId);
    // Somebody wrote meanwhile; what is there now has to go.
    return kind === "deleted" ? { kind, text } : await this.delete(storedId, onlyUserId);
  }

  deleteExact(storedId: string, expected: string, userId: string | null): Promise<DeleteExactOutcome> {
    const keys = { record: this.#keyspace.record(storedId), ...this.#ofUser(userId) };
    return this.#executor.run(this.#scripts.deleteExact, keys, { expected, storedId });
  }

  async deleteAll(userId: string, except: string | undefined): Promise<number> {
    const { recordPrefix } = this.#keyspace;
    const { number } = await this.#executor.run(this.#scripts.deleteAll, this.#indexOf(userId), {
      recordPrefix,
      except,
    });
    return number;
  }

  async list(userId: string): Promise<ListedValue[]> {
    const keys = this.#indexOf(userId);
    const lists = await this.#readLists(keys);
    return keys.legacySet === undefined ? lists : [...new Map(lists)];
  }

  async count(userId: string): Promise<number> {
    if (this.#keyspace.hasLegacySets) return (await this.list(userId)).length;
    const { number } = await this.#executor.run(this.#scripts.count, { index: this.#keyspace.index(userId) }, {});
    return number;
  }

  async #readLists(keys: { index: string; legacySet: string | undefined }): Promise<ListedValue[]> {
    const { recordPrefix } = this.#keyspace;
    if (this.#canSort) {
      const { index, legacySet } = keys;
      const read = (key: string) => this.#executor.membersWithValues(key, `${recordPrefix}*`);
      const [ofIndex, ofSet] = await Promise.all([read(index), legacySet === undefined ? [] : read(legacySet)]);
      if (ofIndex !== null && ofSet !== null) return [...pairs(ofIndex).reverse(), ...pairs(ofSet)];
      this.#canSort = false;
    }
    return pairs((await this.#executor.run(this.#scripts.list, keys, { recordPrefix })).list);
  }

  #indexOf(userId: string): { index: string; legacySet: string | undefined } {
    return { index: this.#keyspace.index(userId), legacySet: this.#keyspace.legacySet(userId) };
  }

  #ofUser(userId: string | null): { index?: string; legacySet?: string | undefined } {
    return userId === null ? {} : this.#indexOf(userId);
  }

  /** The arguments that a limit needs. Beside legacy sets, the prefix is needed without one too. */
  #limitOf(max: number): { recordPrefix?: string; limit?: string; whenFull?: string } {
    const { recordPrefix, hasLegacySets } = this.#keyspace;
    if (max > 0) return { recordPrefix, limit: String(max), whenFull: this.#limit.whenFull };
    return hasLegacySets ? { recordPrefix } : {};
  }
}
