import { observed } from "../observe.js";
import { checkFunction, checkKnown } from "../options.js";
import { openRecordStore } from "./open-record-store.js";
import { type RecordStoreOptions, recordOptionNames, type StoreClient } from "./store-options.js";

/** A session as it is listed. */
export interface Listed<Value> {
  /** What `revoke` takes: the session's id, or with `hashIds` its hash, which cannot sign in. */
  readonly handle: string;
  readonly record: Value;
}

/** Hands over the record as it was read: if nobody wrote since, that saves reading it again. */
export interface From<Value> {
  readonly from?: Value | undefined;
}

/** How `update` goes about it. */
export interface UpdateOptions<Value> extends From<Value> {
  readonly counted?: boolean | undefined;
}

/** How `touch` goes about it. */
export interface TouchOptions<Value> extends From<Value> {
  readonly whenLeftMs?: number | undefined;
}

/**
 * Sessions and the sessions of each user, for records of any shape. Adapters are built on this; an application wants
 * `createSessionStore`.
 *
 * An id that cannot be one is an absent session for a reader and a `TypeError` for a writer. Every method rejects with a
 * {@link KeyspaceError} when Redis cannot do it.
 */
export interface RecordStore<Value> {
  /** The record, or `null` if there is none, it has ended, or what is there is no record. One plain read. */
  get(id: string): Promise<Value | null>;
  /**
   * Stores a new record. One whose end has passed is not stored.
   *
   * @throws {KeyspaceError} `ERR_SESSION_EXISTS`, `ERR_SESSION_LIMIT`, `ERR_SESSION_REVOKED`
   */
  create(id: string, record: Value): Promise<void>;
  /**
   * Changes a record as it is now: the function may run several times. It returns the new record, or `undefined` to
   * leave it. Never brings back a record that is gone.
   *
   * @param options `from`: the record as it was read. `counted`: whether a new owner's sessions are held to
   *   `maxSessionsPerUser`; not where the record only learns whose it is. Default: true.
   * @returns What is stored now, or `null` if there is no record.
   * @throws {KeyspaceError} `ERR_SESSION_CONFLICT` if a hundred other writers came first; `ERR_SESSION_LIMIT`.
   */
  update(
    id: string,
    change: (record: Value) => Value | undefined | Promise<Value | undefined>,
    options?: UpdateOptions<Value>,
  ): Promise<Value | null>;
  /**
   * Moves the end of a record.
   *
   * @param options `from`: the record as it was read, which saves reading its owner where the JSON does not name it.
   *   `whenLeftMs`: leave the record alone if it has more than so many milliseconds left. Default: never. From 0 on.
   * @returns When it ends now, which `endsAt` may have made earlier, or `null` if there is no record.
   */
  touch(id: string, expiresAt: Date | number, options?: TouchOptions<Value>): Promise<Date | null>;
  /**
   * Gives a record a new id.
   *
   * @param graceMs How long the old id can still be read, for requests under way, in milliseconds. Default: 0, at most
   *   3,600,000. What is written to it in that time is lost, and a rotation of it ends with it. Only for records with a
   *   head (see `docs/keyspace.md`).
   * @returns The record, or `null` if there is none.
   * @throws {KeyspaceError} `ERR_SESSION_EXISTS`, `ERR_SESSION_REVOKED`
   */
  rotate(id: string, newId: string, graceMs?: number): Promise<Value | null>;
  /** Removes a record and returns it, or `null` if there is none. What is no record of ours is left alone. */
  delete(id: string): Promise<Value | null>;
  /** Removes one of a user's records by its handle and returns it, or `null` if it is not there or another user's. */
  revoke(userId: string, handle: string): Promise<Value | null>;
  /** The user's live records, in no promised order. */
  list(userId: string): Promise<Listed<Value>[]>;
  /**
   * Removes all of a user's records.
   *
   * @param options `except`: the id of one to keep.
   * @returns How many there were.
   */
  deleteAll(userId: string, options?: { readonly except?: string | undefined }): Promise<number>;
  /** How many live records the user has. */
  count(userId: string): Promise<number>;
  /** All records, with SCAN: for maintenance, not for requests. One may come twice while Redis moves keys. */
  all(): AsyncIterable<Listed<Value>>;
}

/**
 * @param client A node-redis, ioredis or `@upstash/redis` client, a driver, or `{ session, userSessions }` with one for
 *   each model.
 * @throws {TypeError} naming the option that is wrong.
 */
export function createRecordStore<Value>(client: StoreClient, options: RecordStoreOptions<Value>): RecordStore<Value> {
  checkKnown(options, recordOptionNames);
  const { store } = openRecordStore(client, options);
  return options.observe === undefined ? store : observed(store, checkFunction("observe", options.observe));
}
