import { AtomicExecution, type AtomicOptions } from "../executions/atomic.js";
import {
  type CreateOutcome,
  type DeleteExactOutcome,
  type DeleteOutcome,
  type ListedValue,
  pairs as listed,
  type SessionLimit,
  type StoredRecord,
  type TouchOutcome,
  type UpdateOutcome,
} from "../executions/execution.js";
import * as scripts from "../lua/identity-sessions/index.js";
import type { Executor } from "../redis/executor.js";
import { pairs } from "./json.js";
import type { UserSessionKeyspace } from "./keyspace.js";

export interface UserSessionExecutionOptions extends Omit<AtomicOptions, "userIdField"> {
  readonly keyspace: UserSessionKeyspace;
  /** What the keys of users start with, as the server sees it. */
  readonly userPrefix: string;
  readonly expiresAtField: string;
}

/** What a `patch` changes. */
export interface Patch {
  /** Names and values, as JSON. */
  readonly changes: readonly string[];
  /** A new deadline. */
  readonly deadline?: number | undefined;
  /** A new owner. */
  readonly userId?: string | undefined;
}

type PatchOutcome = { readonly kind: "gone" | "limit" } | { readonly kind: "patched"; readonly text: string };

/**
 * The atomic execution for sessions whose users are stored beside them: none is created for a user who is gone, and those
 * that the replaced package wrote are found through its pointers. A `rotate` leaves the pointer as it is.
 */
export class UserSessionExecution extends AtomicExecution {
  readonly #executor: Executor;
  readonly #keyspace: UserSessionKeyspace;
  readonly #limit: SessionLimit;
  readonly #expiresAtField: string;
  /** What scripts need to know of records, and the prefixes that they make keys up with. */
  readonly #ofRecords: { readonly recordPrefix: string; readonly expiresAtField: string };
  readonly #made: { readonly indexPrefix: string; readonly pointerPrefix: string; readonly userPrefix: string };

  constructor({ userPrefix, expiresAtField, ...options }: UserSessionExecutionOptions) {
    const { executor, keyspace, limit } = options;
    super({ ...options, userIdField: "userId" });
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#limit = limit;
    this.#expiresAtField = expiresAtField;
    this.#ofRecords = { recordPrefix: keyspace.recordPrefix, expiresAtField: JSON.stringify(expiresAtField) };
    this.#made = { indexPrefix: keyspace.indexPrefix, pointerPrefix: keyspace.pointerPrefix, userPrefix };
  }

  override create({ storedId, userId, value, deadline }: StoredRecord): Promise<CreateOutcome> {
    const id = owned(userId);
    return this.#executor.run(
      scripts.create,
      { record: this.#keyspace.record(storedId), user: this.#keyspace.user(id), ...this.#keysOf(id) },
      {
        value,
        deadline: String(deadline),
        storedId,
        userId: id,
        ...this.#ofRecords,
        ...this.#limitOf(this.#limit.max),
      },
    );
  }

  override update(
    expected: string,
    formerUserId: string | null,
    { storedId, userId, value, deadline }: StoredRecord,
    max: number,
  ): Promise<UpdateOutcome> {
    const id = owned(userId);
    const moves = id !== formerUserId;
    const formerIndex = moves && formerUserId !== null ? this.#keyspace.index(formerUserId) : undefined;
    return this.#executor.run(
      scripts.update,
      { record: this.#keyspace.record(storedId), ...this.#keysOf(id), formerIndex },
      {
        ...{ expected, value, deadline: String(deadline), storedId, userId: id, ...this.#ofRecords },
        ...(moves && this.#limitOf(max)),
      },
    );
  }

  override async touch(storedId: string, deadline: number): Promise<TouchOutcome> {
    const changes = pairs({ [this.#expiresAtField]: new Date(deadline) });
    const { kind } = await this.patch(storedId, { changes, deadline });
    return kind === "patched" ? { kind: "touched", number: deadline } : { kind: "gone" };
  }

  override async delete(storedId: string, onlyUserId?: string): Promise<DeleteOutcome> {
    const record = this.#keyspace.record(storedId);
    const answer = await this.#executor.run(scripts.deleteOne, { record }, { storedId, ...this.#made, onlyUserId });
    return answer.kind === "unreadable"
      ? await this.deleteRead(storedId, answer.list[0] as string, onlyUserId)
      : answer;
  }

  override deleteExact(storedId: string, expected: string, userId: string | null): Promise<DeleteExactOutcome> {
    if (userId === null) return super.deleteExact(storedId, expected, userId);
    const keys = { record: this.#keyspace.record(storedId), ...this.#keysOf(userId) };
    return this.#executor.run(scripts.deleteExact, keys, { expected, storedId });
  }

  override async deleteAll(userId: string, except: string | undefined): Promise<number> {
    const args = { userId, except, ...this.#ofRecords };
    return (await this.#executor.run(scripts.deleteAll, this.#keysOf(userId), args)).number;
  }

  override async list(userId: string): Promise<ListedValue[]> {
    const args = { userId, ...this.#ofRecords };
    return listed((await this.#executor.run(scripts.list, this.#keysOf(userId), args)).list);
  }

  override async count(userId: string): Promise<number> {
    const args = { userId, ...this.#ofRecords };
    return (await this.#executor.run(scripts.count, this.#keysOf(userId), args)).number;
  }

  /** The record and its user's; `null` if one of them is not there. */
  async getWithUser(storedId: string): Promise<{ readonly record: string; readonly user: string } | null> {
    const record = this.#keyspace.record(storedId);
    const answer = await this.#executor.run(scripts.getWithUser, { record }, { ...this.#ofRecords, ...this.#made });
    if (answer.kind === "gone") return null;
    const [value, user] = answer.list as [string, string];
    return { record: value, user };
  }

  patch(storedId: string, { changes, deadline, userId }: Patch): Promise<PatchOutcome> {
    return this.#executor.run(
      scripts.patch,
      { record: this.#keyspace.record(storedId) },
      {
        ...{ storedId, changes, ...this.#ofRecords, ...this.#made },
        ...{ deadline: deadline === undefined ? undefined : String(deadline), newUserId: userId },
        ...(userId !== undefined && this.#limitOf(this.#limit.max)),
      },
    );
  }

  #keysOf(userId: string): { index: string; pointer: string } {
    return { index: this.#keyspace.index(userId), pointer: this.#keyspace.pointer(userId) };
  }

  #limitOf(max: number): { limit?: string; whenFull?: string } {
    return max > 0 ? { limit: String(max), whenFull: this.#limit.whenFull } : {};
  }
}

/** Every record here has an owner: see `StoredUserSessions`. */
function owned(userId: string | null): string {
  if (userId === null) throw new TypeError("userId must be a user's id");
  return userId;
}
