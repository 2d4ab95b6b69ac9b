import { AtomicExecution, type AtomicOptions } from "../executions/atomic.js";
import {
  type CreateOutcome,
  type DeleteExactOutcome,
  type DeleteOutcome,
  type ListedValue,
  pairsOfHalves,
  type StoredRecord,
  type TouchOutcome,
  type UpdateOutcome,
} from "../executions/execution.js";
import { Room } from "../executions/room.js";
import * as scripts from "../lua/identity-sessions/index.js";
import type { Executor } from "../redis/executor.js";
import { pairs } from "./json.js";
import type { UserSessionKeyspace } from "./keyspace.js";
import type { StoredWithUser } from "./with-user.js";

export interface UserSessionExecutionOptions extends Omit<AtomicOptions, "userIdField" | "hasHeader"> {
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

/** What scripts need to know of all records, and the prefixes that they make keys up with. Each takes its own of these. */
interface FixedArguments {
  readonly expiresAtField: string;
  readonly recordPrefix: string;
  readonly indexPrefix: string;
  readonly pointerPrefix: string;
  readonly userPrefix: string;
}

type PatchOutcome =
  | { readonly kind: "gone" | "limit" | "elapsed" }
  | { readonly kind: "patched"; readonly text: string };

/**
 * The atomic execution for sessions whose users are stored beside them: none is created for a user who is gone, and those
 * that the replaced package wrote are found through its pointers. A `rotate` leaves the pointer as it is.
 */
export class UserSessionExecution extends AtomicExecution {
  readonly #executor: Executor;
  readonly #keyspace: UserSessionKeyspace;
  readonly #room: Room;
  readonly #expiresAtField: string;
  readonly #isSealed: boolean;
  readonly #fixed: FixedArguments;
  readonly #fixedWithLimit: FixedArguments & { readonly limit?: string; readonly whenFull?: string };

  constructor({ userPrefix, expiresAtField, ...options }: UserSessionExecutionOptions) {
    const { executor, keyspace, limit } = options;
    super({ ...options, hasHeader: false, userIdField: "userId" });
    this.#executor = executor;
    this.#keyspace = keyspace;
    this.#room = new Room(executor, limit, undefined);
    this.#expiresAtField = expiresAtField;
    this.#isSealed = options.reseal !== undefined;
    const { recordPrefix, indexPrefix, pointerPrefix } = keyspace;
    this.#fixed = {
      expiresAtField: JSON.stringify(expiresAtField),
      ...{ recordPrefix, indexPrefix, pointerPrefix, userPrefix },
    };
    const { max, whenFull } = limit;
    this.#fixedWithLimit = max > 0 ? { limit: String(max), whenFull, ...this.#fixed } : this.#fixed;
  }

  override create({ storedId, userId, value, deadline }: StoredRecord): Promise<CreateOutcome> {
    const id = owned(userId);
    const keys = { record: this.#keyspace.record(storedId), user: this.#keyspace.user(id), ...this.#keysOf(id) };
    const args = { value, deadline: String(deadline), storedId, userId: id, ...this.#fixedWithLimit };
    return this.#room.find(id, this.#room.limit.max, ({ sendBefore }) =>
      this.#executor.run(scripts.create, keys, { sendBefore, ...args }, { owner: id }),
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
    const fixed = moves && max > 0 ? this.#fixedWithLimit : this.#fixed;
    const formerIndex = moves && formerUserId !== null ? this.#keyspace.index(formerUserId) : undefined;
    return this.#executor.run(
      scripts.update,
      { record: this.#keyspace.record(storedId), formerIndex, ...this.#keysOf(id) },
      { expected, value, deadline: String(deadline), storedId, userId: id, ...fixed },
      { owner: id, formerOwner: formerUserId },
    );
  }

  override async touch(storedId: string, deadline: number): Promise<TouchOutcome> {
    if (this.#isSealed) return await super.touch(storedId, deadline);
    const changes = pairs({ [this.#expiresAtField]: new Date(deadline) });
    const { kind } = await this.patch(storedId, { changes, deadline });
    if (kind === "elapsed") return { kind };
    return kind === "patched" ? { kind: "touched", number: deadline } : { kind: "gone" };
  }

  override async delete(storedId: string, onlyUserId?: string): Promise<DeleteOutcome> {
    const record = this.#keyspace.record(storedId);
    const answer = await this.#executor.run(scripts.deleteOne, { record }, { storedId, onlyUserId, ...this.#fixed });
    return answer.kind === "unreadable"
      ? await this.deleteRead(storedId, answer.list[0] as string, onlyUserId)
      : answer;
  }

  override deleteExact(storedId: string, expected: string, userId: string | null): Promise<DeleteExactOutcome> {
    if (userId === null) return super.deleteExact(storedId, expected, userId);
    const keys = { record: this.#keyspace.record(storedId), ...this.#keysOf(userId) };
    return this.#executor.run(scripts.deleteExact, keys, { expected, storedId }, { owner: userId });
  }

  override async deleteAll(userId: string, except: readonly string[]): Promise<number> {
    const args = { userId, except, ...this.#fixed };
    return (await this.#executor.run(scripts.deleteAll, this.#keysOf(userId), args, { owner: userId })).number;
  }

  override async list(userId: string): Promise<ListedValue[]> {
    const args = { userId, ...this.#fixed };
    return pairsOfHalves((await this.#executor.run(scripts.list, this.#keysOf(userId), args)).list);
  }

  override async count(userId: string): Promise<number> {
    const args = { userId, ...this.#fixed };
    return (await this.#executor.run(scripts.count, this.#keysOf(userId), args)).number;
  }

  /** The record and its user's; `null` if one of them is not there. */
  async getWithUser(storedId: string): Promise<StoredWithUser | null> {
    const record = this.#keyspace.record(storedId);
    const answer = await this.#executor.run(scripts.getWithUser, { record }, this.#fixed);
    if (answer.kind === "gone") return null;
    const [value, user] = answer.list as [string, string];
    return { record: value, user };
  }

  patch(storedId: string, { changes, deadline, userId: newUserId }: Patch): Promise<PatchOutcome> {
    const fixed = newUserId === undefined ? this.#fixed : this.#fixedWithLimit;
    return this.#executor.run(
      scripts.patch,
      { record: this.#keyspace.record(storedId) },
      { storedId, changes, deadline: deadline === undefined ? undefined : String(deadline), newUserId, ...fixed },
    );
  }

  #keysOf(userId: string): { index: string; pointer: string } {
    return { index: this.#keyspace.index(userId), pointer: this.#keyspace.pointer(userId) };
  }
}

/** Every record here has an owner: see `StoredUserSessions`. */
function owned(userId: string | null): string {
  if (userId === null) throw new TypeError("userId must be a user's id");
  return userId;
}
