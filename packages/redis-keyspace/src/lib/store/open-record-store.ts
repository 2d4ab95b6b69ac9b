import { isSealed, readEnvelope, type ValueCodec, writeEnvelope } from "../codec.js";
import { KeyspaceError } from "../errors.js";
import { hasElapsed, toDeadline } from "../expiry.js";
import { sha256 } from "../hash.js";
import { checkId, isId, scanPattern } from "../keys.js";
import { checkBoolean, checkFunction, checkInteger, checkNumber } from "../options.js";
import { connect } from "./connect.js";
import type { Owners } from "./owned.js";
import { type Layout, type Owned, type Protocol, recordKey } from "./protocol.js";
import type { Listed, RecordStore } from "./record-store.js";
import type { RecordStoreOptions, StoreClient } from "./store-options.js";

/** Writers of one record that `update` gives way to before it gives up. */
const MAX_ATTEMPTS = 100;

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
    if (codec !== undefined) return open(codec, value, member);
    return isSealed(value) ? null : model.decode(value, member);
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
