import type { Keyspace } from "../keyspace.js";
import { atomicScripts } from "../lua/atomic/index.js";
import { remaining } from "../lua/stepwise/record-scripts.js";
import type { ReadFacts, Reseal } from "../records/record-model.js";
import type { Executor } from "../redis/executor.js";
import { Admission } from "./admission.js";
import { Entries } from "./entries.js";
import type {
  CreateOutcome,
  DeleteExactOutcome,
  DeleteOutcome,
  Execution,
  ListedValue,
  RotateOutcome,
  SessionLimit,
  StoredRecord,
  TouchedKey,
  TouchOutcome,
  UpdateOutcome,
} from "./execution.js";
import { readRecords } from "./read-records.js";
import { countSessions, type IsSession, Room } from "./room.js";
import { StepwiseRecords } from "./stepwise-records.js";
import { StepwiseRotation } from "./stepwise-rotation.js";
import { UserIndex } from "./user-index.js";

export interface StepwiseOptions {
  readonly sessions: Executor;
  readonly users: Executor;
  readonly keyspace: Keyspace;
  readonly limit: SessionLimit;
  readonly hasHeader: boolean;
  readonly userIdField: string;
  readonly readFacts: ReadFacts;
  readonly isSession: IsSession;
  /** Given where a text is bound to its id. */
  readonly reseal?: Reseal | undefined;
}

/**
 * For a record and an index that no script can use together: in two slots of a Cluster, or on two servers. One key a
 * step, in an order that leaves no live record without a live entry, also when a process dies between two steps:
 *
 * - An entry comes before its record, and a raised deadline before the record's.
 * - An entry is under way until its record is written; only then is it counted, and ends others for a limit.
 * - A sign-out everywhere first condemns the entries. From then on it is decided, and whoever meets a condemned entry
 *   finishes it: a create confirms its own entry after writing the record, and takes the record back if it can't.
 * - A condemned entry whose record was not there stays for a minute, because a create may be about to write it.
 */
export class StepwiseExecution implements Execution {
  readonly topology = "stepwise";
  readonly #sessions: Executor;
  readonly #keyspace: Keyspace;
  readonly #index: UserIndex;
  readonly #entries: Entries;
  readonly #admission: Admission;
  readonly #limit: SessionLimit;
  readonly #hasHeader: "1" | undefined;
  readonly #userIdField: string;
  readonly #readFacts: ReadFacts;
  readonly #isSession: IsSession;
  readonly #records: StepwiseRecords;
  readonly #rotation: StepwiseRotation;

  constructor(options: StepwiseOptions) {
    const { sessions, users, keyspace, limit, hasHeader, userIdField, readFacts, isSession, reseal } = options;
    this.#sessions = sessions;
    this.#keyspace = keyspace;
    this.#index = new UserIndex(users, keyspace);
    this.#entries = new Entries(this.#index, sessions, keyspace, { hasHeader, readFacts });
    this.#records = new StepwiseRecords(sessions, keyspace, hasHeader);
    const room = new Room(users, limit, isSession);
    this.#admission = new Admission(this.#index, this.#entries, sessions, keyspace, room, isSession);
    this.#limit = limit;
    this.#hasHeader = hasHeader ? "1" : undefined;
    this.#userIdField = userIdField;
    this.#readFacts = readFacts;
    this.#isSession = isSession;
    const [records, index, entries] = [this.#records, this.#index, this.#entries];
    const create = (record: StoredRecord) => this.#create(record, 0, false);
    this.#rotation = new StepwiseRotation({ records, index, entries, readFacts, reseal, execution: this, create });
  }

  create(record: StoredRecord): Promise<CreateOutcome> {
    return this.#create(record, this.#limit.max, true);
  }

  async update(expected: string, formerUserId: string | null, next: StoredRecord, max: number): Promise<UpdateOutcome> {
    const { userId } = next;
    if (userId !== null && userId !== formerUserId)
      return await this.#give(expected, formerUserId, { ...next, userId }, max);
    const { storedId, deadline } = next;
    const before = await this.#readFacts(expected, storedId);
    const entry = await this.#entries.raise(userId, storedId, deadline);
    if (typeof entry === "object") return entry;
    const answer = await this.#records.replace(expected, next, formerUserId);
    if (answer.kind === "gone" && userId !== null && entry === "entered")
      await this.#entries.leaveUnlessOwned(userId, storedId);
    if (answer.kind !== "updated") return answer;
    if (formerUserId !== userId) await this.#entries.leave(formerUserId, storedId);
    else if (userId !== null && before?.deadline && before.deadline > deadline) {
      await this.#index.lower(userId, storedId, deadline, before.deadline);
    }
    return answer;
  }

  /** An update that gives a record to another user. */
  async #give(
    expected: string,
    formerUserId: string | null,
    record: StoredRecord & { readonly userId: string },
    max: number,
  ): Promise<UpdateOutcome> {
    const { storedId, value } = record;
    // Nothing has to be entered for a record that is gone or has changed.
    const current = await this.#records.read(storedId);
    if (current !== expected) return current === null ? { kind: "gone" } : { kind: "conflict", text: current };
    const facts = await this.#readFacts(expected, storedId);
    const answer = await this.#admission.admit({
      record,
      max,
      write: () => this.#records.replace(expected, record, formerUserId),
      wasWritten: ({ kind }) => kind === "updated",
      undo: () =>
        this.#records.replace(
          value,
          { storedId, userId: formerUserId, value: expected, deadline: facts?.deadline ?? record.deadline },
          record.userId,
        ),
    });
    if (answer.kind === "updated") await this.#entries.leave(formerUserId, storedId);
    return answer.kind === "revoked" ? { kind: "gone" } : (answer as UpdateOutcome);
  }

  /** The owner is in the record, so it has to be read first. */
  async touch(storedId: string): Promise<TouchOutcome> {
    const text = await this.#records.read(storedId);
    return text === null ? { kind: "gone" } : { kind: "unreadable", text };
  }

  async touchKey({ storedId, userId, deadline, enoughMs }: TouchedKey): Promise<TouchOutcome> {
    if (userId === undefined) return await this.touch(storedId);
    const record = this.#keyspace.record(storedId);
    const { number: left } = await this.#sessions.run(remaining, { record }, {});
    if (left === -2) return { kind: "gone" };
    const enough = enoughMs !== undefined && left > enoughMs;
    const end = enough ? Date.now() + left : deadline;
    const entry = await this.#entries.raise(userId, storedId, end);
    if (typeof entry === "object") return entry;
    const answer: TouchOutcome = enough
      ? { kind: "touched", number: end }
      : await this.#sessions.run(atomicScripts.touchKey, { record }, { deadline: String(end), storedId });
    // The owner is the one that the caller read earlier, and may have changed since.
    if (entry === "entered" && userId !== null) await this.#entries.leaveUnlessOwned(userId, storedId);
    return answer;
  }

  rotate(storedId: string, newStoredId: string, graceMs: number): Promise<RotateOutcome> {
    return this.#rotation.rotate({ storedId, newStoredId, graceMs });
  }

  async delete(storedId: string, onlyUserId?: string): Promise<DeleteOutcome> {
    const record = this.#keyspace.record(storedId);
    if (onlyUserId !== undefined) {
      const text = await this.#records.read(storedId);
      const facts = text === null ? null : await this.#readFacts(text, storedId);
      if (text === null || facts?.userId !== onlyUserId) return { kind: "gone" };
      const { kind } = await this.deleteExact(storedId, text, onlyUserId);
      return kind === "deleted" ? { kind, text } : await this.delete(storedId, onlyUserId);
    }
    const userIdField = this.#userIdField || undefined;
    const hasHeader = this.#hasHeader;
    const answer = await this.#sessions.run(atomicScripts.delete, { record }, { storedId, userIdField, hasHeader });
    if (answer.kind === "gone") return answer;
    const text = answer.kind === "deleted" ? answer.text : (answer.list[0] as string);
    const facts = await this.#readFacts(text, storedId);
    if (answer.kind === "deleted") {
      if (facts !== null) await this.#entries.end(facts.userId, storedId, text);
      return answer;
    }
    if (facts === null) return { kind: "gone" };
    const { kind } = await this.deleteExact(storedId, text, facts.userId);
    // Somebody wrote meanwhile; what is there now has to go.
    return kind === "deleted" ? { kind, text } : await this.delete(storedId);
  }

  async deleteExact(storedId: string, expected: string, userId: string | null): Promise<DeleteExactOutcome> {
    const answer = await this.#records.deleteExact(storedId, expected, userId);
    if (answer.kind === "deleted") await this.#entries.end(userId, storedId, expected);
    return answer;
  }

  async deleteAll(userId: string, except: readonly string[]): Promise<number> {
    const kept = [...except];
    for (const id of except) kept.push(...(await this.#entries.linkedTo(await this.#records.read(id), id)));
    const { sessions, formers } = await this.#index.condemn(userId, kept);
    const ofSet = await this.#index.membersOfSet(userId);
    const deleted = await this.#entries.finish(userId, sessions, "revoked");
    await this.#entries.finish(userId, formers, undefined);
    if (!this.#keyspace.hasLegacySets) return deleted.length;
    const known = new Set([...sessions, ...formers, ...kept]);
    const unknown = ofSet.filter((other) => !known.has(other));
    const deletedOfSet = await this.#entries.unlink(userId, unknown, "revoked");
    await this.#index.leaveSet(userId, [...sessions, ...unknown]);
    return deleted.length + deletedOfSet.length;
  }

  async list(userId: string): Promise<ListedValue[]> {
    const { live, condemned } = await this.#index.members(userId);
    await this.#entries.finish(userId, condemned, "revoked");
    return await readRecords(this.#sessions, this.#keyspace, live);
  }

  async count(userId: string): Promise<number> {
    return await countSessions(await this.list(userId), userId, this.#isSession);
  }

  async #create(record: StoredRecord, max: number, isNew: boolean): Promise<CreateOutcome> {
    const { userId } = record;
    const write = () => this.#records.create(record, isNew);
    if (userId === null) return await write();
    return await this.#admission.admit({
      record: { ...record, userId },
      max,
      write,
      wasWritten: ({ kind }) => kind === "created",
      undo: () => this.#records.deleteExact(record.storedId, record.value, userId),
    });
  }
}
