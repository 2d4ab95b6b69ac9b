import { readEnvelope, type ValueCodec, writeEnvelope } from "../codec.js";
import { type RedisClient, toDriver } from "../drivers/recognise.js";
import { KeyspaceError } from "../errors.js";
import { hasElapsed, toDeadline } from "../expiry.js";
import { sha256 } from "../hash.js";
import { checkId, checkPrefixes, hashTag, isId, scanPattern } from "../keys.js";
import type { RecordModel } from "../models/record.js";
import { type Observe, observed } from "../observe.js";
import {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkJoint,
  checkKnown,
  checkNumber,
  checkOneOf,
} from "../options.js";
import { Runner } from "../runner.js";
import { apart } from "./apart.js";
import { type Owners, owned } from "./owned.js";
import { type Layout, type Owned, type Protocol, recordKey } from "./protocol.js";
import { together } from "./together.js";

/** Writers of one record that `update` gives way to before it gives up. */
const MAX_ATTEMPTS = 100;

/** One client for everything, or one for each model. The connections stay the caller's. */
export type StoreClient = RedisClient | { readonly session: RedisClient; readonly userSessions: RedisClient };

/** What every store takes. */
export interface CommonOptions {
  /**
   * How many live sessions a user may have when `create` adds one, or an `update` gives one to them. Default: no limit.
   * From 1 to 100,000.
   */
  readonly maxSessionsPerUser?: number | undefined;
  /**
   * What these do for a user who has that many: end the session that would expire first (`evict-oldest`, the default), or
   * throw `ERR_SESSION_LIMIT` (`reject`).
   */
  readonly whenFull?: "evict-oldest" | "reject" | undefined;
  /**
   * Whether keys hold the SHA-256 of a session id in place of the id, so that whoever reads Redis or a backup cannot
   * sign in. Lists then return handles that can revoke but not sign in. Default: false. Turning it on signs everybody
   * out, because the old keys are no longer found; whoever turns it off again should change `sessionPrefix` with it,
   * because the handles that were shown become ids.
   */
  readonly hashIds?: boolean | undefined;
  /** Encrypts what is stored. Default: none. */
  readonly codec?: ValueCodec | undefined;
  /** Is told of every operation when it ends. Default: nobody, at no cost. */
  readonly observe?: Observe | undefined;
  /**
   * How long a command may take, in milliseconds, before it fails with `ERR_REDIS_TIMEOUT`. Default: the client's own
   * limit if it has one, else 5000 (5 seconds). From 1 to 600,000.
   */
  readonly commandTimeoutMs?: number | undefined;
}

export interface RecordStoreOptions<Value> extends CommonOptions {
  readonly record: RecordModel<Value>;
  /** What a session's key starts with. With two clients it may be empty. */
  readonly sessionPrefix: string;
  /** What the key of a user's index starts with. With two clients it may be empty. */
  readonly userSessionsPrefix: string;
  /**
   * What the keys of the replaced package's sets of session ids start with. Its sessions are then listed and revoked
   * with ours, and ours are entered there, so that old and new processes can run side by side. Default: none.
   */
  readonly peerIndexPrefix?: string | undefined;
}

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

/** The options that every store takes, for those that check their own. */
export const commonOptionNames: readonly (keyof CommonOptions)[] = [
  "maxSessionsPerUser",
  "whenFull",
  "hashIds",
  "codec",
  "observe",
  "commandTimeoutMs",
];

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

export const recordOptionNames: readonly string[] = [
  ...commonOptionNames,
  "record",
  "sessionPrefix",
  "userSessionsPrefix",
  "peerIndexPrefix",
];

/** A record store and what another store needs to add to it. */
export interface OpenRecordStore<Value> {
  readonly store: RecordStore<Value>;
  readonly layout: Layout;
  readonly protocol: Protocol;
  /** The id as it stands in keys. */
  memberOf(id: string): string | Promise<string>;
  /** The live record that a stored value is. */
  read(value: string, member: string): Promise<Value | null>;
}

export function openRecordStore<Value>(
  client: StoreClient,
  options: RecordStoreOptions<Value>,
  owners?: Owners,
): OpenRecordStore<Value> {
  const { record: model, codec, sessionPrefix, hashIds = false } = options;
  checkBoolean("hashIds", hashIds);
  if (codec !== undefined) {
    checkFunction("codec.seal", codec?.seal);
    checkFunction("codec.open", codec?.open);
  }
  const { protocol, layout } = connect(client, options, inspect, owners);

  const memberOf = hashIds ? sha256 : (id: string): string => id;

  async function inspect(value: string, member: string): Promise<Owned | null> {
    const record = await decode(value, member);
    return record === null ? null : { userId: model.userId(record), deadline: deadlineOf(record) };
  }

  /** The record as it is, also when it has ended. */
  function decode(value: string, member: string): Value | null | Promise<Value | null> {
    return codec === undefined ? model.decode(value, member) : open(codec, value, member);
  }

  async function open({ open }: ValueCodec, value: string, member: string): Promise<Value | null> {
    const envelope = readEnvelope(value);
    if (envelope === null) return null;
    const text = await open(envelope.sealed, { userId: envelope.userId });
    const record = text === null ? null : model.decode(text, member);
    if (record === null || model.userId(record) !== envelope.userId) return null;
    // Scripts change the deadlines outside, where the sealed text does not see it.
    const dated = model.withExpiresAt(record, new Date(envelope.expiresAt));
    const { endsAt } = envelope;
    return endsAt === null || model.withEndsAt === undefined ? dated : model.withEndsAt(dated, new Date(endsAt));
  }

  function encode(record: Value): string | Promise<string> {
    const text = model.encode(record);
    return codec === undefined ? text : seal(codec, record, text);
  }

  async function seal(codec: ValueCodec, record: Value, text: string): Promise<string> {
    const userId = model.userId(record);
    const endsAt = model.endsAt?.(record) ?? null;
    return writeEnvelope({
      expiresAt: newDeadline(record),
      endsAt: endsAt === null ? null : toDeadline(endsAt),
      userId,
      sealed: await codec.seal(text, { userId }),
    });
  }

  /** `null`: it ends with its key. */
  function deadlineOf(record: Value): number | null {
    const expiresAt = model.expiresAt(record);
    return expiresAt === null ? null : toDeadline(expiresAt);
  }

  function newDeadline(record: Value): number {
    const deadline = deadlineOf(record);
    if (deadline === null) throw new TypeError("a record that is written must have an end");
    return deadline;
  }

  /** No later than the record's absolute end. */
  function bounded(deadline: number, record: Value): number {
    const endsAt = model.endsAt?.(record) ?? null;
    return endsAt === null ? deadline : Math.min(deadline, toDeadline(endsAt));
  }

  function live(record: Value | null): Value | null {
    if (record === null) return null;
    const deadline = deadlineOf(record);
    return deadline !== null && hasElapsed(deadline) ? null : record;
  }

  function read(member: string): Promise<Value | null> {
    return layout.sessions.get(recordKey(layout, member)).then((value) => {
      if (value === null) return null;
      const record = decode(value, member);
      return record instanceof Promise ? record.then(live) : live(record);
    });
  }

  async function listed(found: [member: string, value: string][]): Promise<Listed<Value>[]> {
    const now = Date.now();
    const records: Listed<Value>[] = [];
    for (const [handle, value] of found) {
      const decoded = decode(value, handle);
      const record = decoded instanceof Promise ? await decoded : decoded;
      const expiresAt = record === null ? 0 : model.expiresAt(record);
      if (record !== null && (expiresAt === null || Number(expiresAt) > now)) records.push({ handle, record });
    }
    return records;
  }

  function ownerOf(record: Value): string | null {
    const userId = model.userId(record);
    if (userId !== null) checkId("userId", userId);
    return userId;
  }

  /** Compares and sets until it succeeds. `given` is what the caller read earlier; nothing is answered from it alone. */
  async function change(
    member: string,
    given: string | null,
    changed: (record: Value) => Value | undefined | Promise<Value | undefined>,
    cap: number,
  ): Promise<Value | null> {
    const reread = (): Promise<string | null> => layout.sessions.get(recordKey(layout, member));
    let sure = given === null;
    let current = given ?? (await reread());
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const record = current === null ? null : live(await decode(current, member));
      const next = record === null ? undefined : await changed(record);
      if (!sure && next === undefined) {
        current = await reread();
        sure = true;
        continue;
      }
      if (current === null || record === null || next === undefined) return record;
      const userId = ownerOf(next);
      const deadline = newDeadline(next);
      if (hasElapsed(deadline)) {
        if (await protocol.removeExact(member, current, model.userId(record))) return null;
        current = await reread();
      } else {
        const entry = { member, userId, value: await encode(next), deadline };
        const answer = await protocol.replace(current, model.userId(record), entry, cap);
        if (answer === true) return next;
        if (answer === false) throw refusal("full");
        current = answer;
      }
      sure = true;
    }
    throw new KeyspaceError("ERR_SESSION_CONFLICT", `${MAX_ATTEMPTS} other writers changed the session first`);
  }

  const store: RecordStore<Value> = {
    get(id) {
      if (!isId(id)) return Promise.resolve(null);
      const member = memberOf(id);
      return typeof member === "string" ? read(member) : member.then(read);
    },

    async create(id, record) {
      checkId("id", id);
      const userId = ownerOf(record);
      const deadline = newDeadline(record);
      if (hasElapsed(deadline)) return;
      const outcome = await protocol.create({
        member: await memberOf(id),
        userId,
        value: await encode(record),
        deadline,
      });
      if (outcome !== "created") throw refusal(outcome);
    },

    async update(id, changed, { from, counted = true } = {}) {
      if (!isId(id)) return null;
      // What is sealed twice is not the same text twice.
      const given = from === undefined || codec !== undefined ? null : model.encode(from);
      return await change(await memberOf(id), given, changed, counted ? layout.maxSessionsPerUser : 0);
    },

    async touch(id, expiresAt, { from, whenLeftMs } = {}) {
      if (whenLeftMs !== undefined) checkNumber("whenLeftMs", whenLeftMs, 0, Number.MAX_SAFE_INTEGER);
      if (!isId(id)) return null;
      const member = await memberOf(id);
      const deadline = toDeadline(expiresAt);
      if (hasElapsed(deadline)) {
        await protocol.remove(member);
        return null;
      }
      const extend = (record: Value): Promise<number | null | string> =>
        protocol.extend(member, ownerOf(record), bounded(deadline, record), whenLeftMs);
      const known = from === undefined ? undefined : deadlineOf(from);
      if (known && whenLeftMs !== undefined && known - Date.now() > whenLeftMs) return new Date(known);
      let answer = await (from !== undefined && known === null ? extend(from) : protocol.touch(member, deadline));
      if (typeof answer === "string" && from === undefined) {
        const record = await decode(answer, member);
        if (record !== null && deadlineOf(record) === null) answer = await extend(record);
      }
      if (typeof answer === "number") return hasElapsed(answer) ? null : new Date(answer);
      if (answer === null) return null;
      const record = await change(
        member,
        answer,
        (found) => model.withExpiresAt(found, new Date(bounded(deadline, found))),
        0,
      );
      return record === null ? null : new Date(newDeadline(record));
    },

    async rotate(id, newId, graceMs = 0) {
      checkId("newId", newId);
      checkInteger("graceMs", graceMs, 0, 3_600_000);
      if (!isId(id)) return null;
      const to = await memberOf(newId);
      const outcome = await protocol.rotate(await memberOf(id), to, graceMs);
      if (outcome === "exists" || outcome === "revoked") throw refusal(outcome);
      if (outcome === "immovable") {
        throw new TypeError(
          graceMs > 0
            ? 'option "graceMs" needs records with a head'
            : "records that end with their key cannot be rotated",
        );
      }
      return outcome === null ? null : live(await decode(outcome, to));
    },

    async delete(id) {
      if (!isId(id)) return null;
      return await removed(await memberOf(id));
    },

    async revoke(userId, handle) {
      if (!isId(userId) || !isId(handle)) return null;
      return await removed(handle, userId);
    },

    async list(userId) {
      if (!isId(userId)) return [];
      const found = await listed(await protocol.list(userId));
      // An entry can be left over where a change of owner was cut short. Beside a peer's sets, a record need not name its
      // owner: the set does.
      return found.filter(({ record }) => {
        const owner = model.userId(record);
        return owner === userId || (owner === null && layout.peerIndexPrefix !== undefined);
      });
    },

    async deleteAll(userId, { except } = {}) {
      if (!isId(userId)) return 0;
      return await protocol.removeAll(userId, isId(except) ? await memberOf(except) : undefined);
    },

    async count(userId) {
      return isId(userId) ? await protocol.count(userId) : 0;
    },

    async *all() {
      const { sessions } = layout;
      const prefix = sessions.driver.keyPrefix + sessionPrefix;
      for await (const keys of sessions.scan(scanPattern(prefix))) {
        const members = keys.map((found) => found.slice(prefix.length)).filter(isId);
        const values = await sessions.getMany(members.map((member) => recordKey(layout, member)));
        const found = members.flatMap((member, i): [string, string][] => {
          const value = values[i];
          return typeof value === "string" ? [[member, value]] : [];
        });
        yield* await listed(found);
      }
    },
  };

  async function removed(member: string, ofUser?: string): Promise<Value | null> {
    const value = await protocol.remove(member, ofUser);
    return value === null ? null : live(await decode(value, member));
  }

  return { store, layout, protocol, memberOf, read: async (value, member) => live(await decode(value, member)) };
}

export function refusal(outcome: "exists" | "full" | "revoked"): KeyspaceError {
  if (outcome === "exists") return new KeyspaceError("ERR_SESSION_EXISTS", "this session id is taken");
  if (outcome === "full") return new KeyspaceError("ERR_SESSION_LIMIT", "the user has as many sessions as allowed");
  return new KeyspaceError("ERR_SESSION_REVOKED", "the session was revoked before it was stored");
}

/** Decides where things are, and with that whether record and index can be used together. */
function connect<Value>(
  client: StoreClient,
  options: RecordStoreOptions<Value>,
  inspect: Layout["inspect"],
  owners: Owners | undefined,
): { protocol: Protocol; layout: Layout } {
  const { sessionPrefix, userSessionsPrefix, peerIndexPrefix, record } = options;
  const { maxSessionsPerUser, whenFull = "evict-oldest", commandTimeoutMs } = options;
  if (maxSessionsPerUser !== undefined) checkInteger("maxSessionsPerUser", maxSessionsPerUser, 1, 100_000);
  checkOneOf("whenFull", whenFull, ["evict-oldest", "reject"]);
  if (commandTimeoutMs !== undefined) checkInteger("commandTimeoutMs", commandTimeoutMs, 1, 600_000);

  const given: SplitClient = isSplit(client) ? client : { session: client, userSessions: client };
  const split = given.session !== given.userSessions;
  const session = toDriver(isSplit(client) ? "client.session" : "client", given.session);
  const user = split ? toDriver("client.userSessions", given.userSessions) : session;
  const ofUsers = {
    userSessionsPrefix,
    ...(peerIndexPrefix === undefined ? {} : { peerIndexPrefix }),
    ...(owners && { ownerPrefix: owners.ownerPrefix, peerPointerPrefix: owners.peerPointerPrefix }),
  };
  if (split) {
    checkPrefixes({ sessionPrefix });
    checkPrefixes(ofUsers);
  } else {
    const prefixes: Record<string, string> = { sessionPrefix, ...ofUsers };
    checkPrefixes(prefixes, (_, inner) => owners?.nested.includes(prefixes[inner] ?? "") ?? false);
  }

  const sessions = new Runner(session, commandTimeoutMs);
  const users = user === session ? sessions : new Runner(user, commandTimeoutMs);
  const layout: Layout = {
    sessions,
    users,
    sessionPrefix,
    userSessionsPrefix,
    peerIndexPrefix,
    userIdField: options.codec === undefined ? record.userIdField : "userId",
    maxSessionsPerUser: maxSessionsPerUser ?? 0,
    whenFull,
    inspect,
  };
  const tags = [sessionPrefix, ...Object.values(ofUsers)].map((prefix) => hashTag(session.keyPrefix + prefix));
  const oneSlot = tags[0] !== null && tags.every((tag) => tag === tags[0]);
  const joint = !split && (!session.cluster || oneSlot);
  if (owners !== undefined) {
    checkJoint("sessionPrefix", session, joint);
    return { layout, protocol: owned(layout, owners) };
  }
  return { layout, protocol: joint ? together(layout) : apart(layout) };
}

type SplitClient = Exclude<StoreClient, RedisClient>;

function isSplit(client: StoreClient): client is SplitClient {
  return typeof client === "object" && client !== null && "session" in client && "userSessions" in client;
}
