import type { Keyspace } from "../keyspace.js";
import { atomicScripts } from "../lua/atomic/index.js";
import { remaining } from "../lua/stepwise/record-scripts.js";
import { hasElapsed } from "../records/expiry.js";
import { closeAt, readHeader } from "../records/header.js";
import type { ReadFacts, RecordFacts } from "../records/record-model.js";
import type { Executor } from "../redis/executor.js";
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
import { UserIndex } from "./user-index.js";

export interface StepwiseOptions {
  readonly sessions: Executor;
  readonly users: Executor;
  readonly keyspace: Keyspace;
  readonly limit: SessionLimit;
  readonly userIdField: string;
  readonly readFacts: ReadFacts;
}

type Dated = RecordFacts & { readonly deadline: number };

function isDated(facts: RecordFacts): facts is Dated {
  return facts.deadline !== null;
}

/**
 * For a record and an index that no script can use together: in two slots of a Cluster, or on two servers. One key a
 * step, in an order that leaves no live record without a live entry, also when a process dies between two steps:
 *
 * - An entry comes before its record, and a raised deadline before the record's.
 * - A sign-out everywhere first condemns the entries. From then on it is decided, and whoever meets a condemned entry
 *   finishes it: a create checks its own entry after writing the record, and takes the record back.
 * - A condemned entry whose record was not there stays for a minute, because a create may be about to write it.
 */
export class StepwiseExecution implements Execution {
  readonly #sessions: Executor;
  readonly #keyspace: Keyspace;
  readonly #index: UserIndex;
  readonly #entries: Entries;
  readonly #limit: SessionLimit;
  readonly #userIdField: string;
  readonly #readFacts: ReadFacts;

  constructor({ sessions, users, keyspace, limit, userIdField, readFacts }: StepwiseOptions) {
    this.#sessions = sessions;
    this.#keyspace = keyspace;
    this.#index = new UserIndex(users, keyspace, limit);
    this.#entries = new Entries(this.#index, sessions, keyspace, readFacts);
    this.#limit = limit;
    this.#userIdField = userIdField;
    this.#readFacts = readFacts;
  }

  create(record: StoredRecord): Promise<CreateOutcome> {
    return this.#create(record, this.#limit.max);
  }

  async update(expected: string, formerUserId: string | null, next: StoredRecord, max: number): Promise<UpdateOutcome> {
    const { storedId, userId, deadline } = next;
    const before = await this.#readFacts(expected, storedId);
    const entry = await this.#entries.enterForUpdate(expected, formerUserId, next, max);
    if (typeof entry === "object") return entry;
    if (userId !== null) await this.#index.enterSet(userId, storedId, deadline);
    const answer = await this.#sessions.run(
      atomicScripts.update,
      { record: this.#keyspace.record(storedId) },
      { expected, value: next.value, deadline: String(deadline), storedId },
    );
    if (answer.kind === "gone" && userId !== null && entry === "entered")
      await this.#entries.leaveUnlessOwned(userId, storedId);
    if (answer.kind !== "updated") return answer;
    if (formerUserId !== userId) await this.#entries.leave(formerUserId, storedId);
    else if (userId !== null && before?.deadline && before.deadline > deadline) {
      await this.#index.lower(userId, storedId, deadline, before.deadline);
    }
    return answer;
  }

  /** The owner is in the record, so it has to be read first. */
  async touch(storedId: string): Promise<TouchOutcome> {
    const text = await this.#read(storedId);
    return text === null ? { kind: "gone" } : { kind: "unreadable", text };
  }

  async touchKey({ storedId, userId, deadline, enoughMs }: TouchedKey): Promise<TouchOutcome> {
    const record = this.#keyspace.record(storedId);
    const { number: left } = await this.#sessions.run(remaining, { record }, {});
    if (left === -2) return { kind: "gone" };
    const enough = enoughMs !== undefined && left > enoughMs;
    const end = enough ? Date.now() + left : deadline;
    let entered = false;
    if (userId !== null) {
      const raised = await this.#index.raise(userId, storedId, end);
      if (raised === "condemned") {
        await this.#entries.finish(userId, [storedId]);
        return { kind: "gone" };
      }
      entered = raised === "entered";
      await this.#index.enterSet(userId, storedId, end);
    }
    const answer: TouchOutcome = enough
      ? { kind: "touched", number: end }
      : await this.#sessions.run(atomicScripts.touchKey, { record }, { deadline: String(end), storedId });
    // The owner is the one that the caller read earlier, and may have changed since.
    if (entered && userId !== null) await this.#entries.leaveUnlessOwned(userId, storedId);
    return answer;
  }

  async rotate(storedId: string, newStoredId: string, graceMs: number): Promise<RotateOutcome> {
    let value = await this.#read(storedId);
    const facts = value === null ? null : await this.#readFacts(value, storedId);
    if (value === null || facts === null) return { kind: "gone" };
    if (!isDated(facts) || (graceMs > 0 && readHeader(value) === null)) return { kind: "ttl-only" };
    const created = await this.#create({ storedId: newStoredId, ...facts, value }, 0);
    if (created.kind !== "created") return { kind: created.kind === "exists" ? "exists" : "revoked" };

    for (let moved: Dated = facts; ; ) {
      const now = await this.#leaveBehind({ storedId, ...moved, value }, graceMs);
      if (now.kind === "left") return { kind: "rotated", text: value };
      // Somebody wrote or removed the former record meanwhile: the new one follows.
      const other = now.text === null ? null : await this.#readFacts(now.text, storedId);
      if (now.text === null || other === null || !isDated(other)) {
        await this.delete(newStoredId);
        return { kind: "gone" };
      }
      const next = { storedId: newStoredId, ...other, value: now.text };
      if ((await this.update(value, moved.userId, next, 0)).kind !== "updated") return { kind: "gone" };
      value = now.text;
      moved = other;
    }
  }

  async delete(storedId: string, onlyUserId?: string): Promise<DeleteOutcome> {
    const record = this.#keyspace.record(storedId);
    if (onlyUserId !== undefined) {
      const text = await this.#read(storedId);
      const facts = text === null ? null : await this.#readFacts(text, storedId);
      if (text === null || facts?.userId !== onlyUserId) return { kind: "gone" };
      const { kind } = await this.deleteExact(storedId, text, onlyUserId);
      return kind === "deleted" ? { kind, text } : await this.delete(storedId, onlyUserId);
    }
    const userIdField = this.#userIdField || undefined;
    const answer = await this.#sessions.run(atomicScripts.delete, { record }, { storedId, userIdField });
    if (answer.kind === "gone") return answer;
    const text = answer.kind === "deleted" ? answer.text : (answer.list[0] as string);
    const facts = await this.#readFacts(text, storedId);
    if (answer.kind === "deleted") {
      if (facts !== null) await this.#entries.leave(facts.userId, storedId);
      return answer;
    }
    if (facts === null) return { kind: "gone" };
    const { kind } = await this.deleteExact(storedId, text, facts.userId);
    // Somebody wrote meanwhile; what is there now has to go.
    return kind === "deleted" ? { kind, text } : await this.delete(storedId);
  }

  async deleteExact(storedId: string, expected: string, userId: string | null): Promise<DeleteExactOutcome> {
    const keys = { record: this.#keyspace.record(storedId) };
    const answer = await this.#sessions.run(atomicScripts.deleteExact, keys, { expected, storedId });
    if (answer.kind === "deleted") await this.#entries.leave(userId, storedId);
    return answer;
  }

  async deleteAll(userId: string, except: string | undefined): Promise<number> {
    const condemned = await this.#index.condemn(userId, except);
    const known = new Set(condemned);
    const ofSet = (await this.#index.membersOfSet(userId)).filter((other) => other !== except && !known.has(other));
    const deleted = await this.#entries.finish(userId, condemned);
    const deletedOfSet = await this.#entries.unlink(ofSet);
    await this.#index.leaveSet(userId, [...condemned, ...ofSet]);
    return deleted.length + deletedOfSet.length;
  }

  async list(userId: string): Promise<ListedValue[]> {
    const { live, condemned } = await this.#index.members(userId);
    await this.#entries.finish(userId, condemned);
    const values = await this.#sessions.getMany(live.map((storedId) => this.#keyspace.record(storedId)));
    return live.flatMap((storedId, i): ListedValue[] => {
      const value = values[i];
      return typeof value === "string" ? [[storedId, value]] : [];
    });
  }

  async count(userId: string): Promise<number> {
    return this.#keyspace.hasLegacySets ? (await this.list(userId)).length : await this.#index.count(userId);
  }

  #read(storedId: string): Promise<string | null> {
    return this.#sessions.get(this.#keyspace.record(storedId));
  }

  async #create(record: StoredRecord, max: number): Promise<CreateOutcome> {
    const { storedId, userId, value, deadline } = record;
    const write = (): Promise<CreateOutcome> =>
      this.#sessions.run(
        atomicScripts.create,
        { record: this.#keyspace.record(storedId) },
        { value, deadline: String(deadline), storedId },
      );
    if (userId === null) return await write();

    const { status, condemned } = await this.#entries.enter(userId, record, max);
    if (status === "limit") return { kind: "limit" };
    if (status === "condemned") {
      await this.#entries.finish(userId, condemned);
      return { kind: "revoked" };
    }
    if (this.#keyspace.hasLegacySets) await this.#index.enterSet(userId, storedId, deadline);
    const finished = condemned.length === 0 ? undefined : this.#entries.finish(userId, condemned);
    const [written] = finished === undefined ? [await write()] : await Promise.all([write(), finished]);
    if (written.kind !== "created") {
      if (status === "entered") await this.#entries.leaveUnlessOwned(userId, storedId);
      return written;
    }
    if ((await this.#index.has(userId, storedId)) || hasElapsed(deadline)) return written;
    await this.#entries.finish(userId, [storedId]);
    return { kind: "revoked" };
  }

  /** Ends a record that was moved, at once or after its grace. `other`: this text is there instead, or nothing is. */
  async #leaveBehind(
    moved: StoredRecord,
    graceMs: number,
  ): Promise<{ kind: "left" } | { kind: "other"; text: string | null }> {
    const { storedId, userId, value, deadline } = moved;
    if (graceMs > 0) {
      const graceEnd = Math.min(Date.now() + graceMs, deadline);
      const closed = { ...moved, value: closeAt(value, graceEnd), deadline: graceEnd };
      const answer = await this.update(value, userId, closed, 0);
      if (answer.kind === "updated") return { kind: "left" };
      return { kind: "other", text: answer.kind === "conflict" ? answer.text : null };
    }
    if ((await this.deleteExact(storedId, value, userId)).kind === "deleted") return { kind: "left" };
    return { kind: "other", text: await this.#read(storedId) };
  }
}
