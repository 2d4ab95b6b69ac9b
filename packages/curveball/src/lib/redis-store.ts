import { setImmediate } from "node:timers/promises";
import { createRecordStore, KeyspaceError, type RecordModel, type RecordStore, toDeadline } from "redis-keyspace";
import { checkOptions, indexPrefix, type RedisStoreOptions } from "./options.js";
import { type OwnClient, ownClient } from "./own-client.js";
import { recentSessions } from "./recent-sessions.js";
import { isSessionId, newSessionId } from "./session-ids.js";
import { changedMembers, type StoredValues, toJson, type Values, valuesModel, withMembers } from "./values.js";

const HOUR_MS = 3_600_000;

/** A live session in a list. */
export interface SessionItem<SessionValues extends object = Record<string, unknown>> {
  /**
   * What `revoke` takes. With `hashIds` it cannot sign in. Without, it is the session id: keep it from pages and logs.
   */
  readonly handle: string;
  readonly values: SessionValues;
}

/** What was handed out, to tell a change from none. */
interface Loaded {
  readonly id: string;
  /** The session as its holder last saw it. */
  readonly text: string;
  /** The session as it was last seen in Redis. */
  readonly from: StoredValues;
}

/**
 * Keeps the sessions of `@curveball/session` in Redis, on the keys of `@curveball/session-redis`. Every method rejects with
 * a `KeyspaceError` when Redis cannot do it.
 *
 * @example
 * app.use(session({ store: new RedisStore() }));
 */
export class RedisStore<SessionValues extends object = Record<string, unknown>> {
  readonly #store: RecordStore<StoredValues>;
  readonly #model: RecordModel<StoredValues>;
  readonly #own: OwnClient | undefined;
  readonly #absoluteMs: number | undefined;
  readonly #touchAfterMs: number | undefined;
  readonly #hasUsers: boolean;
  readonly #loaded = new WeakMap<object, Loaded>();
  readonly #recent = recentSessions();

  /** @throws {TypeError} naming the option that is wrong. */
  constructor(options: RedisStoreOptions<SessionValues> = {}) {
    checkOptions(options);
    const { prefix = "session", client, clientOptions = {}, onError = () => {}, userIdFrom, ...others } = options;
    const { absoluteTimeoutSeconds, touchAfterSeconds, ...common } = others;
    this.#hasUsers = userIdFrom !== undefined;
    this.#absoluteMs = absoluteTimeoutSeconds === undefined ? undefined : absoluteTimeoutSeconds * 1000;
    this.#touchAfterMs = touchAfterSeconds === undefined ? undefined : touchAfterSeconds * 1000;
    this.#model = valuesModel((values) => userIdFrom?.(values as SessionValues), common.hashIds === true);
    this.#own = client === undefined ? ownClient(clientOptions, onError) : undefined;
    this.#store = createRecordStore(client === undefined ? (this.#own as OwnClient).driver : client, {
      ...common,
      record: this.#model,
      sessionPrefix: `${prefix}-`,
      userSessionsPrefix: indexPrefix(prefix),
    });
  }

  /** The values, or `null` for an id that is unknown, ended or malformed. */
  async get(id: string): Promise<SessionValues | null> {
    if (!isSessionId(id)) return null;
    const found = await this.#store.get(id);
    if (found === null) return null;
    this.#remember(found.values, id, found);
    return found.values as SessionValues;
  }

  /**
   * Stores what changed since `get` handed out these values, onto what is stored now; where nothing did, moves the end, once
   * in a while. A session that was ended meanwhile stays so, also one whose values were replaced as a whole.
   *
   * @param expire When it ends, in UNIX seconds; the middleware rounds it down, and what it cut off is added again. One that
   *   has passed, or is no time, ends it now.
   * @throws {TypeError} for an id that cannot be one, and values that are no JSON object.
   * @throws {KeyspaceError} `ERR_SESSION_LIMIT` (with `whenFull: "reject"`), `ERR_SESSION_REVOKED`
   */
  async set(id: string, values: SessionValues, expire: number): Promise<void> {
    if (!isSessionId(id)) throw new TypeError("id must be one that newSessionId makes");
    // Of two sessions of one second, the one that was stored first has to end first.
    const deadline = toDeadline(expire * 1000 + (Date.now() % 1000));
    if (deadline <= Date.now()) return await this.delete(id);
    const loaded = this.#loaded.get(values);
    if (loaded?.id === id) await this.#save(loaded, values as Values, deadline);
    else if (loaded === undefined) await this.#put(id, values as Values, deadline);
    else if (!this.#endedMeanwhile(loaded, values as Values)) await this.#put(id, values as Values, deadline, loaded);
  }

  /** Ends a session. */
  async delete(id: string): Promise<void> {
    if (!isSessionId(id)) return;
    const deleted = await this.#store.delete(id);
    // The middleware stores under the new id before anything else happens in this process. So each of several requests
    // that delete the same session finds here what its own `delete` came to.
    if (deleted === null) await setImmediate();
    this.#recent.set(id, deleted === null ? "gone" : "loaded");
  }

  /** 32 random bytes, in 43 characters. */
  async newSessionId(): Promise<string> {
    return newSessionId();
  }

  /** The user's live sessions, in no promised order. */
  async list(userId: string): Promise<SessionItem<SessionValues>[]> {
    const found = await this.#ofUsers().list(userId);
    return found.map(({ handle, record }) => ({ handle, values: record.values as SessionValues }));
  }

  /** Ends one of the user's sessions by its handle; `false` if it is not there or another user's. */
  async revoke(userId: string, handle: string): Promise<boolean> {
    return isSessionId(handle) && (await this.#ofUsers().revoke(userId, handle)) !== null;
  }

  /**
   * Ends all of the user's sessions.
   *
   * @param options `except`: the id of the session to keep, `ctx.sessionId`: not a handle.
   * @returns How many there were.
   */
  async deleteAll(userId: string, options: { readonly except?: string | null | undefined } = {}): Promise<number> {
    return await this.#ofUsers().deleteAll(userId, { except: options.except ?? undefined });
  }

  /** How many live sessions the user has. */
  async count(userId: string): Promise<number> {
    return await this.#ofUsers().count(userId);
  }

  /** Closes the store's own client; what is under way fails. A client that was given is left alone. */
  async close(): Promise<void> {
    this.#own?.close();
  }

  /** Values that were loaded from this id. */
  async #save(loaded: Loaded, values: Values, deadline: number): Promise<void> {
    const { id, from } = loaded;
    const needsEnd = this.#absoluteMs !== undefined && from.endsAt === null;
    if (!needsEnd && this.#text(values, from) === loaded.text) return await this.#extend(loaded, deadline);
    const after = toJson(values);
    const changed = changedMembers(this.#read(loaded).values, after);
    if (!needsEnd && changed.length === 0) return await this.#extend(loaded, deadline);
    const stored = await this.#store.update(
      id,
      (found) => this.#dated(withMembers(changed, after, found.values), found, deadline),
      { from },
    );
    if (stored !== null) this.#remember(values, id, stored, this.#text(after, stored));
  }

  /** Unchanged values: nothing to do if the end was moved lately, as far as this process or Redis knows. */
  async #extend({ id, from }: Loaded, deadline: number): Promise<void> {
    const end = Math.min(deadline, from.endsAt ?? deadline);
    const left = end - Date.now();
    const touchAfterMs = Math.min(this.#touchAfterMs ?? Math.min(left / 10, HOUR_MS), left / 2);
    const known = this.#recent.get(id);
    // Ends are whole seconds to the middleware, so one can be before that of an earlier request.
    const latest = end + Math.max(touchAfterMs, 1000);
    if (typeof known === "number" && known >= end - touchAfterMs && known <= latest) return;
    let stands = await this.#store.touch(id, end, { from, whenLeftMs: Math.max(0, left - touchAfterMs) });
    // It was given more by a middleware with a longer `expiry`.
    if (Number(stands) > latest) stands = await this.#store.touch(id, end, { from });
    if (stands !== null) this.#recent.set(id, stands.getTime());
  }

  /** Values as a whole, under an id that they were not loaded from. */
  async #put(id: string, values: Values, deadline: number, former?: Loaded): Promise<void> {
    const json = toJson(values);
    const isNew = this.#recent.get(id) === undefined;
    const fresh = this.#dated(json, former === undefined ? null : this.#read(former), deadline);
    const stored =
      isNew && (await this.#create(id, fresh))
        ? fresh
        : await this.#store.update(id, (found) => this.#dated(json, found, deadline));
    if (stored !== null) this.#remember(values, id, stored);
  }

  /** `false`: the id is taken. */
  async #create(id: string, record: StoredValues): Promise<boolean> {
    try {
      await this.#store.create(id, record);
      return true;
    } catch (error) {
      if (error instanceof KeyspaceError && error.code === "ERR_SESSION_EXISTS") return false;
      throw error;
    }
  }

  /** Whether values get a new id after somebody else ended their session. A sign-in is no continuation of it. */
  #endedMeanwhile(loaded: Loaded, values: Values): boolean {
    if (this.#recent.get(loaded.id) !== "gone") return false;
    const before = this.#read(loaded);
    const after = { ...before, values: toJson(values) };
    const userId = this.#model.userId(before);
    if (this.#model.userId(after) !== userId) return false;
    return userId !== null || changedMembers(before.values, after.values).length === 0;
  }

  /** A record to write. Its absolute end is the former one's, unless that had none or was another user's. */
  #dated(values: Values, former: StoredValues | null, deadline: number): StoredValues {
    const record = { values, expiresAt: deadline, endsAt: former?.endsAt ?? null };
    if (this.#absoluteMs !== undefined) {
      const sameUser = former !== null && this.#model.userId(former) === this.#model.userId(record);
      if (!sameUser || record.endsAt === null) record.endsAt = toDeadline(Date.now() + this.#absoluteMs);
    }
    return { ...record, expiresAt: Math.min(deadline, record.endsAt ?? deadline) };
  }

  #remember(values: object, id: string, from: StoredValues, text: string = this.#model.encode(from)): void {
    const known = this.#recent.get(id);
    this.#recent.set(id, from.expiresAt ?? (typeof known === "number" ? known : "loaded"));
    this.#loaded.set(values, { id, text, from });
  }

  #text(values: Values, { endsAt }: StoredValues): string {
    return this.#model.encode({ values, expiresAt: null, endsAt });
  }

  #read({ id, text }: Loaded): StoredValues {
    return this.#model.decode(text, id) as StoredValues;
  }

  #ofUsers(): RecordStore<StoredValues> {
    if (!this.#hasUsers)
      throw new TypeError('option "userIdFrom" must be given: the store does not know whose sessions these are');
    return this.#store;
  }
}
