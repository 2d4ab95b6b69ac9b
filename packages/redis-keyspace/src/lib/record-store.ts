import { type Changeable, changeRecord } from "./change-record.js";
import type { Connection } from "./executions/choose.js";
import type { Execution } from "./executions/execution.js";
import { readRecords } from "./executions/read-records.js";
import type { Keyspace } from "./keyspace.js";
import type { NearCache } from "./live/near-cache.js";
import { RecordWatches } from "./live/record-watches.js";
import { LiveRecords } from "./live-records.js";
import { checkInteger, checkNumber } from "./options.js";
import type { RecordStoreParts } from "./record-store-parts.js";
import { hasElapsed, toDeadline } from "./records/expiry.js";
import type { StoredRecords } from "./records/stored-records.js";
import { refusal } from "./refusal.js";
import type { SessionItem } from "./session-item.js";
import type { From, TouchOptions, UpdateOptions } from "./store-options.js";
import { touchRecord } from "./touch-record.js";

/**
 * Sessions and the sessions of each user, for records of any shape. Adapters are built on this; an application wants
 * `createSessionStore`.
 *
 * An id that cannot be one is an absent session for a reader and a `TypeError` for a writer. Every method rejects with
 * a `KeyspaceError` when Redis cannot do it.
 */
export class RecordStore<Value> {
  readonly #records: StoredRecords<Value>;
  readonly #keyspace: Keyspace;
  readonly #execution: Execution;
  readonly #connection: Connection;
  readonly #live: LiveRecords<Value>;
  readonly #max: number;
  readonly #cache: NearCache<string, Value> | undefined;
  readonly watch: RecordWatches["watch"];
  readonly watchUser: RecordWatches["watchUser"];
  readonly onEvent: RecordWatches["onEvent"];

  /** @internal */
  constructor(parts: RecordStoreParts<Value>) {
    const { records, keyspace, execution, connection, maxSessionsPerUser, live, cache } = parts;
    this.#records = records;
    this.#keyspace = keyspace;
    this.#execution = execution;
    this.#connection = connection;
    this.#live = new LiveRecords(records, keyspace, connection.sessions);
    this.#max = maxSessionsPerUser;
    this.#cache = cache;
    ({ watch: this.watch, watchUser: this.watchUser, onEvent: this.onEvent } = new RecordWatches(keyspace, live));
  }

  /**
   * The record, or `null` if there is none, it has ended, or what is there is no record. One plain read, or none with a
   * `cache`; then the record is shared and frozen.
   */
  get(id: string): Promise<Value | null> {
    const kept = this.#cache?.get(id);
    if (kept !== undefined) return kept;
    if (!this.#keyspace.isSessionId(id)) return Promise.resolve(null);
    const storedId = this.#keyspace.storedId(id);
    return typeof storedId === "string" ? this.#read(id, storedId) : storedId.then((hash) => this.#read(id, hash));
  }

  /**
   * Stores a new record. One whose end has passed is not stored. The very same record stored twice is stored once.
   *
   * @throws {KeyspaceError} `ERR_SESSION_EXISTS`, `ERR_SESSION_LIMIT`, `ERR_SESSION_REVOKED`; `ERR_SESSION_EXPIRED` if its
   *   end has passed by Redis's clock alone.
   */
  async create(id: string, record: Value): Promise<void> {
    this.#keyspace.checkSessionId("id", id);
    const userId = this.#records.userIdOf(record);
    const deadline = this.#records.newDeadline(record);
    if (hasElapsed(deadline)) return;
    const known = this.#keyspace.storedId(id);
    const storedId = typeof known === "string" ? known : await known;
    const encoded = this.#records.encode(record, storedId);
    const value = typeof encoded === "string" ? encoded : await encoded;
    const { kind } = await this.#execution.create({ storedId, userId, value, deadline });
    const endedOnTheWay = kind === "elapsed" && hasElapsed(deadline);
    if (kind !== "created" && !endedOnTheWay) throw refusal(kind);
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
    const stored = this.#keyspace.storedId(id);
    const storedId = typeof stored === "string" ? stored : await stored;
    const known = from === undefined ? null : this.#records.knownText(from, storedId);
    return changeRecord(this.#changeable(storedId, counted ? this.#max : 0), known, change);
  }

  /**
   * Moves the end of a record.
   *
   * @param options `from`: the record as it was read, which saves reading its owner where the JSON does not name it.
   * @returns When it ends now, which its absolute end may have made earlier, or `null` if there is no record.
   */
  async touch(id: string, expiresAt: Date | number, options: TouchOptions<Value> = {}): Promise<Date | null> {
    const { whenLeftMs } = options;
    if (whenLeftMs !== undefined) checkNumber("whenLeftMs", whenLeftMs, 0, Number.MAX_SAFE_INTEGER);
    if (!this.#keyspace.isSessionId(id)) return null;
    const storedId = await this.#keyspace.storedId(id);
    const deadline = toDeadline(expiresAt);
    if (hasElapsed(deadline)) {
      await this.#execution.delete(storedId);
      return null;
    }
    return touchRecord(this.#changeable(storedId, 0), deadline, options);
  }

  /**
   * Gives a record a new id.
   *
   * @param graceMs How long the former id can still be read, for requests under way, in milliseconds. Default: 0, at
   *   most 3,600,000. What is written to it in that time is lost, and a rotation of it ends with it. Only for records
   *   with a header (see `docs/keyspace.md`).
   * @returns The record, or `null` if there is none.
   * @throws {KeyspaceError} `ERR_SESSION_EXISTS`, `ERR_SESSION_REVOKED`
   */
  async rotate(id: string, newId: string, graceMs = 0, { from }: From<Value> = {}): Promise<Value | null> {
    this.#keyspace.checkSessionId("newId", newId);
    checkInteger("graceMs", graceMs, 0, 3_600_000);
    if (!this.#keyspace.isSessionId(id)) return null;
    const storedId = await this.#keyspace.storedId(newId);
    const answer = await this.#execution.rotate(
      await this.#keyspace.storedId(id),
      storedId,
      graceMs,
      this.#ownerOf(from),
    );
    switch (answer.kind) {
      case "rotated":
        return await this.#records.decode(answer.text, storedId);
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
  async delete(id: string, { from }: From<Value> = {}): Promise<Value | null> {
    if (!this.#keyspace.isSessionId(id)) return null;
    const storedId = await this.#keyspace.storedId(id);
    const userId = this.#ownerOf(from);
    // Where scripts cannot read the owner, the text that was read is the shortest way to it.
    const known =
      from !== undefined && this.#records.userIdField === "" ? this.#records.knownText(from, storedId) : null;
    if (known !== null && (await this.#execution.deleteExact(storedId, known, userId)).kind === "deleted") {
      return await this.#live.removed(known, storedId);
    }
    return await this.#delete(storedId, undefined, userId);
  }

  /** The same by the record's handle, whosever it is. */
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
   * The user's live records, the most recently used first: in the order of their ends. Those that only a legacy set
   * knows of come last.
   *
   * @param options `current`: the id of the session that asks, to mark it.
   */
  async list(
    userId: string,
    { current }: { readonly current?: string | undefined } = {},
  ): Promise<SessionItem<Value>[]> {
    if (!this.#keyspace.isUserId(userId)) return [];
    const own = this.#keyspace.isSessionId(current) ? await this.#keyspace.storedId(current) : undefined;
    // A change of owner that was cut short can leave an entry behind. Beside a legacy set, a record need not name its
    // owner, because the set does.
    const belongs = (session: Value): boolean => this.#records.belongsTo(userId, session, this.#keyspace.hasLegacySets);
    return this.#records.byLastUse(await this.#live.items(await this.#execution.list(userId), belongs, own));
  }

  /**
   * Removes all of a user's records.
   *
   * @param options `except`: the id of one to keep.
   * @returns How many there were.
   */
  async deleteAll(userId: string, { except }: { readonly except?: string | undefined } = {}): Promise<number> {
    if (!this.#keyspace.isUserId(userId)) return 0;
    const kept = this.#keyspace.isSessionId(except) ? [await this.#keyspace.storedId(except)] : [];
    return await this.#execution.deleteAll(userId, kept);
  }

  /** How many live records the user has. */
  async count(userId: string): Promise<number> {
    return this.#keyspace.isUserId(userId) ? await this.#execution.count(userId) : 0;
  }

  /** All records, with SCAN: for maintenance, not for requests. One may come twice while Redis moves keys. */
  async *all(): AsyncIterable<SessionItem<Value>> {
    for await (const keys of this.#connection.sessions.scan(this.#keyspace.pattern)) {
      yield* await this.getByHandles(keys.map((key) => this.#keyspace.storedIdOf(key)));
    }
  }

  /** The live records with these handles, for those who go through the keys themselves. What is no handle is left out. */
  async getByHandles(handles: readonly string[]): Promise<SessionItem<Value>[]> {
    const storedIds = handles.filter((handle) => this.#keyspace.isHandle(handle));
    return await this.#live.items(await readRecords(this.#connection.sessions, this.#keyspace, storedIds));
  }

  #read(id: string, storedId: string): Promise<Value | null> {
    if (this.#cache === undefined) return this.#live.read(storedId);
    return this.#cache.read(
      id,
      storedId,
      () => this.#live.text(storedId),
      (text) => this.#live.in(text, storedId),
    );
  }

  #ownerOf(from: Value | undefined): string | null {
    return from === undefined ? null : this.#records.model.userId(from);
  }

  async #delete(storedId: string, onlyUserId?: string, userId: string | null = null): Promise<Value | null> {
    const answer = await this.#execution.delete(storedId, onlyUserId, userId);
    return answer.kind === "gone" ? null : await this.#live.removed(answer.text, storedId);
  }

  /** @param max How many sessions a new owner may have. 0: no limit. */
  #changeable(storedId: string, max: number): Changeable<Value> {
    const read = () => this.#live.text(storedId);
    const live = (value: string) => this.#live.in(value, storedId);
    const { incident } = this.#connection.sessions;
    return { records: this.#records, execution: this.#execution, storedId, live, read, max, incident };
  }
}
