import { changeRecord } from "./change-record.js";
import {
  type Connection,
  checkStorePrefixes,
  chooseExecution,
  connect,
  type StoreClient,
} from "./executions/choose.js";
import type { Execution, TouchOutcome } from "./executions/execution.js";
import type { Keyspace } from "./keyspace.js";
import { observed } from "./observe.js";
import { checkInteger, checkKnown, checkNumber } from "./options.js";
import { hasElapsed, toDeadline } from "./records/expiry.js";
import { StoredRecords } from "./records/stored-records.js";
import { refusal } from "./refusal.js";
import { checkCommonOptions, optionNamer, type RecordStoreOptions, recordOptionNames } from "./store-options.js";

/** A session as it is listed. */
export interface SessionItem<Session> {
  /** What `revoke` takes: the session's id, or with `hashIds` its hash, which cannot sign in. */
  readonly handle: string;
  readonly session: Session;
  /** Whether it is the session whose id was given to `list`. */
  readonly current: boolean;
}

/** Hands over the record as it was read: if nobody wrote since, that saves reading it again. */
export interface From<Value> {
  readonly from?: Value | undefined;
}

/** How `update` goes about it. */
export interface UpdateOptions<Value> extends From<Value> {
  /**
   * Whether a new owner's sessions are held to `maxSessionsPerUser`; not where the record only learns whose it is.
   * Default: true.
   */
  readonly counted?: boolean | undefined;
}

/** How `touch` goes about it. */
export interface TouchOptions<Value> extends From<Value> {
  /** Leave the record alone if it has more than so many milliseconds left. Default: never. From 0 on. */
  readonly whenLeftMs?: number | undefined;
}

/** What a record store is made of. */
export interface RecordStoreParts<Value> {
  readonly records: StoredRecords<Value>;
  readonly keyspace: Keyspace;
  readonly execution: Execution;
  readonly connection: Connection;
  /** How many sessions a user may have. 0: no limit. */
  readonly maxSessionsPerUser: number;
}

/**
 * Sessions and the sessions of each user, for records of any shape. Adapters are built on this; an application wants
 * `createSessionStore`.
 *
 * An id that cannot be one is an absent session for a reader and a `TypeError` for a writer. Every method rejects with a
 * `KeyspaceError` when Redis cannot do it.
 */
export class RecordStore<Value> {
  readonly #records: StoredRecords<Value>;
  readonly #keyspace: Keyspace;
  readonly #execution: Execution;
  readonly #connection: Connection;
  readonly #max: number;

  /** @internal */
  constructor({ records, keyspace, execution, connection, maxSessionsPerUser }: RecordStoreParts<Value>) {
    this.#records = records;
    this.#keyspace = keyspace;
    this.#execution = execution;
    this.#connection = connection;
    this.#max = maxSessionsPerUser;
  }

  /** The record, or `null` if there is none, it has ended, or what is there is no record. One plain read. */
  get(id: string): Promise<Value | null> {
    if (!this.#keyspace.isSessionId(id)) return Promise.resolve(null);
    const storedId = this.#keyspace.storedId(id);
    return typeof storedId === "string" ? this.#read(storedId) : storedId.then((hash) => this.#read(hash));
  }

  /**
   * Stores a new record. One whose end has passed is not stored.
   *
   * @throws {KeyspaceError} `ERR_SESSION_EXISTS`, `ERR_SESSION_LIMIT`, `ERR_SESSION_REVOKED`
   */
  async create(id: string, record: Value): Promise<void> {
    this.#keyspace.checkSessionId("id", id);
    const userId = this.#records.userIdOf(record);
    const deadline = this.#records.newDeadline(record);
    if (hasElapsed(deadline)) return;
    const storedId = await this.#keyspace.storedId(id);
    const value = await this.#records.encode(record, storedId);
    const { kind } = await this.#execution.create({ storedId, userId, value, deadline });
    if (kind !== "created") throw refusal(kind);
  }

  /**
   * Changes a record as it is now: the function may run several times. It returns the new record, or `undefined` to
   * leave it. Never brings back a record that is gone.
   *
   * @returns What is stored now, or `null` if there is no record.
   * @throws {KeyspaceError} `ERR_SESSION_CONFLICT` if a hundred other writers came first; `ERR_SESSION_LIMIT`.
   */
  async update(
    id: string,
    change: (record: Value) => Value | undefined | Promise<Value | undefined>,
    { from, counted = true }: UpdateOptions<Value> = {},
  ): Promise<Value | null> {
    if (!this.#keyspace.isSessionId(id)) return null;
    const storedId = await this.#keyspace.storedId(id);
    const known = from === undefined ? null : this.#records.knownText(from, storedId);
    return await this.#change(storedId, known, change, counted ? this.#max : 0);
  }

  /**
   * Moves the end of a record.
   *
   * @param options `from`: the record as it was read, which saves reading its owner where the JSON does not name it.
   * @returns When it ends now, which its absolute end may have made earlier, or `null` if there is no record.
   */
  async touch(id: string, expiresAt: Date | number, options: TouchOptions<Value> = {}): Promise<Date | null> {
    const { from, whenLeftMs } = options;
    if (whenLeftMs !== undefined) checkNumber("whenLeftMs", whenLeftMs, 0, Number.MAX_SAFE_INTEGER);
    if (!this.#keyspace.isSessionId(id)) return null;
    const storedId = await this.#keyspace.storedId(id);
    const deadline = toDeadline(expiresAt);
    if (hasElapsed(deadline)) {
      await this.#execution.delete(storedId);
      return null;
    }
    const known = from === undefined ? undefined : this.#records.deadlineOf(from);
    if (known && whenLeftMs !== undefined && known - Date.now() > whenLeftMs) return new Date(known);
    let answer = await (from !== undefined && known === null
      ? this.#touchKey(storedId, from, deadline, whenLeftMs)
      : this.#execution.touch(storedId, deadline));
    if (answer.kind === "unreadable" && from === undefined) {
      const record = await this.#records.decode(answer.text, storedId);
      if (record !== null && this.#records.deadlineOf(record) === null) {
        answer = await this.#touchKey(storedId, record, deadline, whenLeftMs);
      }
    }
    if (answer.kind === "gone") return null;
    if (answer.kind === "touched") return hasElapsed(answer.number) ? null : new Date(answer.number);
    const record = await this.#change(storedId, answer.text, (found) => this.#redated(found, deadline), 0);
    return record === null ? null : new Date(this.#records.newDeadline(record));
  }

  /**
   * Gives a record a new id.
   *
   * @param graceMs How long the former id can still be read, for requests under way, in milliseconds. Default: 0, at most
   *   3,600,000. What is written to it in that time is lost, and a rotation of it ends with it. Only for records with a
   *   header (see `docs/keyspace.md`).
   * @returns The record, or `null` if there is none.
   * @throws {KeyspaceError} `ERR_SESSION_EXISTS`, `ERR_SESSION_REVOKED`
   */
  async rotate(id: string, newId: string, graceMs = 0): Promise<Value | null> {
    this.#keyspace.checkSessionId("newId", newId);
    checkInteger("graceMs", graceMs, 0, 3_600_000);
    if (!this.#keyspace.isSessionId(id)) return null;
    const storedId = await this.#keyspace.storedId(newId);
    const answer = await this.#execution.rotate(await this.#keyspace.storedId(id), storedId, graceMs);
    switch (answer.kind) {
      case "rotated":
        return await this.#records.read(answer.text, storedId);
      case "gone":
        return null;
      case "ttl-only":
        throw new TypeError(
          graceMs > 0
            ? 'option "graceMs" needs records with a header'
            : "records that end with their key cannot be rotated",
        );
      default:
        throw refusal(answer.kind);
    }
  }

  /** Removes a record and returns it, or `null` if there is none. What is no record of ours is left alone. */
  async delete(id: string): Promise<Value | null> {
    return this.#keyspace.isSessionId(id) ? await this.#delete(await this.#keyspace.storedId(id)) : null;
  }

  /** The same by its handle, whosever it is. */
  async deleteByHandle(handle: string): Promise<Value | null> {
    return this.#keyspace.isHandle(handle) ? await this.#delete(handle) : null;
  }

  /** Removes one of a user's records by its handle and returns it, or `null` if it is not there or another user's. */
  async revoke(userId: string, handle: string): Promise<Value | null> {
    return this.#keyspace.isUserId(userId) && this.#keyspace.isHandle(handle)
      ? await this.#delete(handle, userId)
      : null;
  }

  /**
   * The user's live records, the most recently used first: in the order of their ends. What only a replaced package's set
   * knows comes last.
   *
   * @param options `current`: the id of the session that asks, to mark it.
   */
  async list(
    userId: string,
    { current }: { readonly current?: string | undefined } = {},
  ): Promise<SessionItem<Value>[]> {
    if (!this.#keyspace.isUserId(userId)) return [];
    const found = await this.#items(await this.#execution.list(userId));
    const own = this.#keyspace.isSessionId(current) ? await this.#keyspace.storedId(current) : undefined;
    // An entry can be left over where a change of owner was cut short. Beside a legacy set, a record need not name its
    // owner: the set does.
    return found
      .filter(({ session }) => {
        const owner = this.#records.model.userId(session);
        return owner === userId || (owner === null && this.#keyspace.hasLegacySets);
      })
      .map((item) => (item.handle === own ? { ...item, current: true } : item));
  }

  /**
   * Removes all of a user's records.
   *
   * @param options `except`: the id of one to keep.
   * @returns How many there were.
   */
  async deleteAll(userId: string, { except }: { readonly except?: string | undefined } = {}): Promise<number> {
    if (!this.#keyspace.isUserId(userId)) return 0;
    const kept = this.#keyspace.isSessionId(except) ? await this.#keyspace.storedId(except) : undefined;
    return await this.#execution.deleteAll(userId, kept);
  }

  /** How many live records the user has. */
  async count(userId: string): Promise<number> {
    return this.#keyspace.isUserId(userId) ? await this.#execution.count(userId) : 0;
  }

  /** All records, with SCAN: for maintenance, not for requests. One may come twice while Redis moves keys. */
  async *all(): AsyncIterable<SessionItem<Value>> {
    const { sessions } = this.#connection;
    for await (const keys of sessions.scan(this.#keyspace.pattern)) {
      const storedIds = keys
        .map((key) => this.#keyspace.storedIdOf(key))
        .filter((found) => this.#keyspace.isHandle(found));
      const values = await sessions.getMany(storedIds.map((storedId) => this.#keyspace.record(storedId)));
      yield* await this.#items(
        storedIds.flatMap((storedId, i): [string, string][] => {
          const value = values[i];
          return typeof value === "string" ? [[storedId, value]] : [];
        }),
      );
    }
  }

  async #read(storedId: string): Promise<Value | null> {
    const value = await this.#connection.sessions.get(this.#keyspace.record(storedId));
    return value === null ? null : this.#records.read(value, storedId);
  }

  async #items(found: readonly (readonly [storedId: string, value: string])[]): Promise<SessionItem<Value>[]> {
    const items: SessionItem<Value>[] = [];
    for (const [handle, value] of found) {
      if (!this.#keyspace.isHandle(handle)) continue;
      const read = this.#records.read(value, handle);
      const session = read instanceof Promise ? await read : read;
      if (session !== null) items.push({ handle, session, current: false });
    }
    return items;
  }

  async #delete(storedId: string, onlyUserId?: string): Promise<Value | null> {
    const answer = await this.#execution.delete(storedId, onlyUserId);
    return answer.kind === "gone" ? null : await this.#records.read(answer.text, storedId);
  }

  #touchKey(storedId: string, record: Value, deadline: number, enoughMs: number | undefined): Promise<TouchOutcome> {
    const userId = this.#records.userIdOf(record);
    return this.#execution.touchKey({ storedId, userId, deadline: this.#records.bounded(deadline, record), enoughMs });
  }

  #redated(record: Value, deadline: number): Value {
    return this.#records.model.withExpiresAt(record, new Date(this.#records.bounded(deadline, record)));
  }

  #change(
    storedId: string,
    known: string | null,
    change: (record: Value) => Value | undefined | Promise<Value | undefined>,
    max: number,
  ): Promise<Value | null> {
    const read = () => this.#connection.sessions.get(this.#keyspace.record(storedId));
    return changeRecord({ records: this.#records, execution: this.#execution, read, storedId, max }, known, change);
  }
}

/**
 * @param client A node-redis, ioredis or `@upstash/redis` client, a driver, or `{ session, userSessions }` with one for
 *   each model.
 * @throws {TypeError} naming the option that is wrong.
 */
export function createRecordStore<Value>(client: StoreClient, options: RecordStoreOptions<Value>): RecordStore<Value> {
  checkKnown(options, recordOptionNames);
  const { record, codec, observe, maxSessionsPerUser = 0, whenFull = "evict-oldest", hashIds = false } = options;
  const { sessionPrefix, userSessionsPrefix, legacyIndexPrefix, commandTimeoutMs } = options;
  const named = optionNamer(options.optionNames);
  checkCommonOptions(options, named);
  const connection = connect(client, { commandTimeoutMs, named });
  const prefixes = { sessionPrefix, userSessionsPrefix, legacyIndexPrefix };
  checkStorePrefixes(connection, prefixes, named);
  const records = new StoredRecords(record, codec);
  const { keyspace, execution } = chooseExecution(connection, {
    prefixes,
    hashIds,
    limit: { max: maxSessionsPerUser, whenFull },
    userIdField: records.userIdField,
    readFacts: (value, storedId) => records.factsOf(value, storedId),
  });
  const store = new RecordStore({ records, keyspace, execution, connection, maxSessionsPerUser });
  return observe === undefined ? store : observed(store, observe);
}
