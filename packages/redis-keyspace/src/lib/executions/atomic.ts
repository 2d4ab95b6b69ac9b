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
  #canSort: boolean;

  constructor({ executor, keyspace, limit, userIdField, readFacts }: AtomicOptions) {
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#scripts = keyspace.hasLegacySets ? legacyAtomicScripts : atomicScripts;
    this.#limit = limit;
    this.#userIdField = userIdField;
    this.#readFacts = readFacts;
    // SORT changes a short sorted set to a longer encoding for good, so where lists are known to be short a script does
    // it.
    this.#canSort = !keyspace.recordPrefix.includes("*") && (limit.max === 0 || limit.max > 128);
  }

  create({ storedId, userId, value, deadline }: StoredRecord): Promise<CreateOutcome> {
    const { max, whenFull } = this.#limit;
    const limited = max > 0;
    return this.#executor.run(this.#scripts.create, this.#keysOf(storedId, userId), {
      value,
      deadline: String(deadline),
      storedId,
      recordPrefix: this.#prefixIf(limited),
      limit: limited ? String(max) : undefined,
      whenFull: limited ? whenFull : undefined,
    });
  }

  update(expected: string, formerUserId: string | null, record: StoredRecord, max: number): Promise<UpdateOutcome> {
    const { storedId, userId, value, deadline } = record;
    const moves = userId !== formerUserId;
    const former = moves && formerUserId !== null ? this.#indexOf(formerUserId) : undefined;
    const own = userId === null ? undefined : this.#indexOf(userId);
    const limited = moves && userId !== null && max > 0;
    return this.#executor.run(
      this.#scripts.update,
      {
        record: this.#keyspace.record(storedId),
        index: own?.index,
        formerIndex: former?.index,
        legacySet: own?.legacySet,
        formerLegacySet: former?.legacySet,
      },
      {
        expected,
        value,
        deadline: String(deadline),
        storedId,
        recordPrefix: this.#prefixIf(limited),
        limit: limited ? String(max) : undefined,
        whenFull: limited ? this.#limit.whenFull : undefined,
      },
    );
  }

  touch(storedId: string, deadline: number): Promise<TouchOutcome> {
    const { indexPrefix, legacyPrefix } = this.#keyspace;
    return this.#executor.run(
      this.#scripts.touch,
      { record: this.#keyspace.record(storedId) },
      { deadline: String(deadline), storedId, indexPrefix, legacyPrefix },
    );
  }

  touchKey({ storedId, userId, deadline, enoughMs }: TouchedKey): Promise<TouchOutcome> {
    const args = {
      deadline: String(deadline),
      storedId,
      enoughMs: enoughMs === undefined ? undefined : String(enoughMs),
    };
    return this.#executor.run(this.#scripts.touchKey, this.#keysOf(storedId, userId), args);
  }

  async rotate(storedId: string, newStoredId: string, graceMs: number): Promise<RotateOutcome> {
    const keys = { record: this.#keyspace.record(storedId), newRecord: this.#keyspace.record(newStoredId) };
    const { indexPrefix, legacyPrefix } = this.#keyspace;
    for (;;) {
      const args = { storedId, newStoredId, graceMs: String(graceMs), indexPrefix, legacyPrefix };
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
        { ...this.#keysOf(storedId, userId), newRecord: keys.newRecord },
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
    const { indexPrefix, legacyPrefix } = this.#keyspace;
    const userIdField = this.#userIdField || undefined;
    const answer = await this.#executor.run(
      this.#scripts.delete,
      { record: this.#keyspace.record(storedId) },
      { storedId, userIdField, onlyUserId, indexPrefix, legacyPrefix },
    );
    return answer.kind === "unreadable"
      ? await this.deleteRead(storedId, answer.list[0] as string, onlyUserId)
      : answer;
  }

  /** The same for a text that Lua could not read. */
  protected async deleteRead(storedId: string, text: string, onlyUserId?: string): Promise<DeleteOutcome> {
    const facts = await this.#readFacts(text, storedId);
    if (facts === null || (onlyUserId !== undefined && facts.userId !== onlyUserId)) return { kind: "gone" };
    const { kind } = await this.deleteExact(storedId, text, facts.userId);
    // Somebody wrote meanwhile; what is there now has to go.
    return kind === "deleted" ? { kind, text } : await this.delete(storedId, onlyUserId);
  }

  deleteExact(storedId: string, expected: string, userId: string | null): Promise<DeleteExactOutcome> {
    return this.#executor.run(this.#scripts.deleteExact, this.#keysOf(storedId, userId), { expected, storedId });
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

  #keysOf(
    storedId: string,
    userId: string | null,
  ): { record: string; index: string | undefined; legacySet: string | undefined } {
    const record = this.#keyspace.record(storedId);
    if (userId === null) return { record, index: undefined, legacySet: undefined };
    return { record, index: this.#keyspace.index(userId), legacySet: this.#keyspace.legacySet(userId) };
  }

  /** What scripts find other records by. Beside legacy sets they always need it. */
  #prefixIf(limited: boolean): string | undefined {
    return limited || this.#keyspace.hasLegacySets ? this.#keyspace.recordPrefix : undefined;
  }
}
