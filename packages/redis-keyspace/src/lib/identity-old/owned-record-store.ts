import { parseObject } from "../codec.js";
import { hasElapsed, toDeadline } from "../expiry.js";
import { isId, isNested } from "../keys.js";
import type { RecordModel } from "../models/record.js";
import { observed } from "../observe.js";
import { checkFunction, checkKnown } from "../options.js";
import { openRecordStore, refusal } from "./open-record-store.js";
import type { OwnedProtocol } from "./owned.js";
import type { RecordStore } from "./record-store.js";
import { type RecordStoreOptions, recordOptionNames, type StoreClient } from "./store-options.js";

export interface OwnedRecordStoreOptions<Value>
  extends Omit<RecordStoreOptions<Value>, "record" | "peerIndexPrefix" | "codec"> {
  readonly record: OwnedRecordModel<Value>;
  /** What the key of an owner's record starts with. */
  readonly ownerPrefix: string;
  /**
   * What the keys of the replaced package's pointers start with: for each user, a string with the key of the user's last
   * session. That session is then listed and revoked with ours, and ours are entered there.
   */
  readonly peerPointerPrefix: string;
  /** Prefixes of any model that begin with another's. An id whose key would start with one of them is no id. */
  readonly nested?: readonly string[] | undefined;
}

/** A model whose records have their end in their JSON, so that a script finds it. */
export interface OwnedRecordModel<Value> extends RecordModel<Value> {
  /** The top-level member that holds the end, as `Date.prototype.toJSON` writes it. */
  readonly expiresAtField: string;
}

/** A record and the JSON of its owner. */
export interface Owned<Value> {
  readonly record: Value;
  readonly owner: Record<string, unknown>;
}

/**
 * Sessions whose owners are stored beside them, in keys that one script can use together. `create` fails with
 * `ERR_SESSION_REVOKED` for an owner who is gone, and every method is one round trip (`update` two, unless `from` saves
 * the read).
 */
export interface OwnedRecordStore<Value> extends RecordStore<Value> {
  /** The record and its owner's, or `null` if one of them is missing or has ended. */
  getWithOwner(id: string): Promise<Owned<Value> | null>;
  /**
   * Changes some members of a record where they stand in its JSON, without reading it first; `undefined` leaves a member
   * as it is. Never brings back a record that is gone, and ends one whose new end has passed.
   *
   * @returns What is stored now, or `null` if there is no record.
   * @throws {TypeError} for an owner that cannot be one.
   * @throws {KeyspaceError} `ERR_SESSION_LIMIT`
   */
  patch(id: string, changes: Readonly<Record<string, unknown>>): Promise<Value | null>;
}

/**
 * @param client A node-redis or ioredis client, or a driver that runs Lua.
 * @throws {TypeError} naming the option that is wrong. On a Cluster all prefixes need the same hash tag.
 */
export function createOwnedRecordStore<Value>(
  client: StoreClient,
  options: OwnedRecordStoreOptions<Value>,
): OwnedRecordStore<Value> {
  const inherited = recordOptionNames.filter((name) => name !== "codec" && name !== "peerIndexPrefix");
  checkKnown(options, [...inherited, "ownerPrefix", "peerPointerPrefix", "nested"]);
  const { ownerPrefix, peerPointerPrefix, nested = [], ...common } = options;
  const { record: model, sessionPrefix } = options;
  const { expiresAtField } = model;
  const owners = { ownerPrefix, peerPointerPrefix, expiresAtField, nested };
  const { store, protocol, memberOf, read } = openRecordStore(client, common, owners);
  const { getWithOwner, patch } = protocol as OwnedProtocol;

  const isSession = (id: unknown): id is string => isId(id) && !isNested(sessionPrefix, id, nested);
  const isOwner = (id: unknown): id is string => isId(id) && !isNested(ownerPrefix, id, nested);

  function checkOwner(record: Value): Value {
    const userId = model.userId(record);
    if (userId === null || isNested(ownerPrefix, userId, nested)) throw new TypeError("userId must be a user's id");
    return record;
  }

  const owned: OwnedRecordStore<Value> = {
    ...store,

    async getWithOwner(id) {
      if (!isSession(id)) return null;
      const member = await memberOf(id);
      const found = await getWithOwner(member);
      const record = found === null ? null : await read(found[0], member);
      const owner = found === null ? null : parseObject(found[1]);
      return record === null || owner === null || !isOwner(model.userId(record)) ? null : { record, owner };
    },

    async patch(id, changes) {
      if (!isSession(id)) return null;
      const { [model.userIdField]: owner, [expiresAtField]: end } = changes;
      if (owner !== undefined && !isOwner(owner)) throw new TypeError(`${model.userIdField} must be a user's id`);
      const deadline = end === undefined ? null : toDeadline(end as Date);
      if (deadline !== null && hasElapsed(deadline)) {
        await store.delete(id);
        return null;
      }
      const given = Object.entries(changes).filter(([, value]) => value !== undefined);
      const texts = given.flatMap((member) => member.map((part) => JSON.stringify(part)));
      const member = await memberOf(id);
      const value = await patch(member, texts, deadline, owner ?? null);
      if (value === false) throw refusal("full");
      return value === null ? null : await read(value, member);
    },

    get: async (id) => (isSession(id) ? await store.get(id) : null),
    async create(id, record) {
      if (isId(id) && !isSession(id)) throw new TypeError("id must not be one of another model's");
      await store.create(id, checkOwner(record));
    },
    update: async (id, change, from) =>
      isSession(id)
        ? await store.update(
            id,
            async (found) => {
              const changed = await change(found);
              return changed === undefined ? undefined : checkOwner(changed);
            },
            from,
          )
        : null,
    touch: async (id, expiresAt, how) => (isSession(id) ? await store.touch(id, expiresAt, how) : null),
    async rotate(id, newId, graceMs) {
      if (isId(newId) && !isSession(newId)) throw new TypeError("newId must not be one of another model's");
      return isSession(id) ? await store.rotate(id, newId, graceMs) : null;
    },
    delete: async (id) => (isSession(id) ? await store.delete(id) : null),
    revoke: async (userId, handle) =>
      isOwner(userId) && isSession(handle) ? await store.revoke(userId, handle) : null,
    list: async (userId) => (isOwner(userId) ? await store.list(userId) : []),
    deleteAll: async (userId, except) => (isOwner(userId) ? await store.deleteAll(userId, except) : 0),
    count: async (userId) => (isOwner(userId) ? await store.count(userId) : 0),
  };

  return options.observe === undefined ? owned : observed(owned, checkFunction("observe", options.observe));
}
