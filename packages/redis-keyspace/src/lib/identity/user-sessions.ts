import type { NearCache } from "../live/near-cache.js";
import { seenAtOnce } from "../live/own-writes.js";
import { LiveRecords } from "../live-records.js";
import { RecordStore } from "../record-store.js";
import type { RecordStoreParts } from "../record-store-parts.js";
import { parseObject } from "../records/codec.js";
import { hasElapsed, toDeadline } from "../records/expiry.js";
import type { RecordModel } from "../records/record-model.js";
import { StoredRecords, type StoredRecordsOptions } from "../records/stored-records.js";
import { refusal } from "../refusal.js";
import type { SessionItem } from "../session-item.js";
import { type Json, pairs } from "./json.js";
import type { UserSessionKeyspace } from "./keyspace.js";
import { sealedSessionForm } from "./sealed-session.js";
import type { UserSessionExecution } from "./user-sessions-execution.js";
import type { StoredWithUser, WithUser } from "./with-user.js";

/** A model whose records name their user and their end in their JSON, so that a script finds them. */
export interface UserSessionModel<Value> extends RecordModel<Value> {
  readonly userIdField: "userId";
  /** The top-level member that holds the end, as `Date.prototype.toJSON` writes it. */
  readonly expiresAtField: string;
}

/** Sessions that have a user, as they stand in Redis. */
export class StoredUserSessions<Value> extends StoredRecords<Value> {
  readonly #keyspace: UserSessionKeyspace;

  constructor(
    model: UserSessionModel<Value>,
    keyspace: UserSessionKeyspace,
    sealing: Pick<StoredRecordsOptions<Value>, "codec" | "incident">,
  ) {
    const sealedForm = sealedSessionForm(model.expiresAtField);
    super(model, { ...sealing, accepts: undefined, hashIds: keyspace.hashesIds, sealedForm });
    this.#keyspace = keyspace;
  }

  /** The record with some members of its JSON changed, as a script changes them where they stand. */
  patched(record: Value, changes: Json, storedId: string): Value {
    const text = this.model.encode(record, storedId);
    const changed = this.model.decode(JSON.stringify({ ...parseObject(text), ...changes }), storedId);
    if (changed === null) throw new TypeError("what a patch leaves must be a session");
    return changed;
  }

  override userIdOf(record: Value): string {
    const userId = this.model.userId(record);
    if (!this.#keyspace.isUserId(userId)) throw new TypeError("userId must be a user's id");
    return userId;
  }
}

export interface UserSessionStoreParts<Value> extends Omit<RecordStoreParts<Value>, "cache"> {
  readonly records: StoredUserSessions<Value>;
  readonly model: UserSessionModel<Value>;
  readonly keyspace: UserSessionKeyspace;
  /** What is asked for what other stores have not. */
  readonly userSessions: UserSessionExecution;
  /** Of sessions with their users, if it has one. */
  readonly withUser: NearCache<StoredWithUser, WithUser<Value>> | undefined;
  /** Whether a session that changes hands can end others. */
  readonly evicts: boolean;
}

/**
 * Sessions whose users are stored beside them, in keys that one script can use together. `create` fails with
 * `ERR_SESSION_REVOKED` for a user who is gone, and every method is one round trip (`update` two, unless `from` saves the
 * read). With a codec, `patch` and `touch` are two: what they change is sealed anew.
 */
export class UserSessionStore<Value> extends RecordStore<Value> {
  readonly #records: StoredUserSessions<Value>;
  readonly #keyspace: UserSessionKeyspace;
  readonly #execution: UserSessionExecution;
  readonly #live: LiveRecords<Value>;
  readonly #cache: NearCache<StoredWithUser, WithUser<Value>> | undefined;
  readonly #evicts: boolean;
  readonly #expiresAtField: string;

  /** @internal */
  constructor(parts: UserSessionStoreParts<Value>) {
    super(parts);
    this.#records = parts.records;
    this.#keyspace = parts.keyspace;
    this.#execution = parts.userSessions;
    this.#live = new LiveRecords(parts.records, parts.keyspace, parts.connection.sessions);
    this.#cache = parts.withUser;
    this.#evicts = parts.evicts;
    this.#expiresAtField = parts.model.expiresAtField;
  }

  /**
   * The session and its user's record, or `null` if one of them is missing or has ended. One round trip, or none with a
   * `cache`; then both are shared and frozen.
   */
  async getWithUser(id: string): Promise<WithUser<Value> | null> {
    const kept = this.#cache?.get(id);
    if (kept !== undefined) return kept;
    if (!this.#keyspace.isSessionId(id)) return null;
    const storedId = await this.#keyspace.storedId(id);
    const read = () => this.#execution.getWithUser(storedId);
    const open = (found: StoredWithUser) => this.#withUser(found, storedId);
    if (this.#cache !== undefined) return await this.#cache.read(id, storedId, read, open);
    const found = await read();
    return found === null ? null : await open(found);
  }

  /**
   * Changes some members of a session where they stand in its JSON, without reading it first; `undefined` leaves a member
   * as it is. Never brings back a session that is gone, and ends one whose new end has passed.
   *
   * @returns What is stored now, or `null` if there is no session.
   * @throws {TypeError} for a user who cannot be one, and for an end that is no date.
   * @throws {KeyspaceError} `ERR_SESSION_LIMIT`; `ERR_SESSION_EXPIRED` if the new end has passed by Redis's clock alone.
   */
  async patch(id: string, changes: Json): Promise<Value | null> {
    if (!this.#keyspace.isSessionId(id)) return null;
    const { userId, [this.#expiresAtField]: end } = changes;
    if (userId !== undefined && !this.#keyspace.isUserId(userId)) throw new TypeError("userId must be a user's id");
    if (end !== undefined && !isDate(end)) throw new TypeError(`${this.#expiresAtField} must be a date`);
    const deadline = end === undefined ? undefined : toDeadline(end);
    if (deadline !== undefined && hasElapsed(deadline)) {
      await this.delete(id);
      return null;
    }
    const storedId = await this.#keyspace.storedId(id);
    if (this.#records.isSealing) {
      const given = defined(changes);
      return await this.update(id, (session) => this.#records.patched(session, given, storedId));
    }
    const owners = this.#evicts && userId !== undefined ? [userId] : [];
    const answer = await seenAtOnce(this.#cache, { storedIds: [storedId], owners }, () =>
      this.#execution.patch(storedId, { changes: pairs(changes), deadline, userId }),
    );
    if (answer.kind === "limit" || answer.kind === "elapsed") throw refusal(answer.kind);
    return answer.kind === "patched" ? await this.#live.in(answer.text, storedId) : null;
  }

  override async list(
    userId: string,
    options?: { readonly current?: string | undefined },
  ): Promise<SessionItem<Value>[]> {
    const items = await super.list(userId, options);
    // A process that runs the replaced package renews a session without telling the index.
    const dated = items.map((item) => ({ item, end: this.#records.deadlineOf(item.session) ?? 0 }));
    return dated.sort((a, b) => b.end - a.end).map(({ item }) => item);
  }

  async #withUser({ record, user: text }: StoredWithUser, storedId: string): Promise<WithUser<Value> | null> {
    const session = await this.#live.in(record, storedId);
    const user = parseObject(text);
    if (session === null || user === null) return null;
    const userId = this.#records.model.userId(session);
    return this.#keyspace.isUserId(userId) && user["id"] === userId ? { session, user } : null;
  }
}

/** Without what is `undefined`. */
function defined(members: Json): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Of any realm: `instanceof` knows one. */
function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}
