import type { SessionEvent, SessionWatcher, UserWatcher } from "redis-keyspace";
import {
  createRecordStore,
  formerLayout,
  type RecordModel,
  type RecordStore,
  type SessionItem,
  toDeadline,
  type UserSessions,
  userSessions,
} from "redis-keyspace/adapter";
import { curveballLayout } from "./layout.js";
import { LoadedSessions } from "./loaded-sessions.js";
import { checkOptions, indexPrefix, type RedisStoreOptions } from "./options.js";
import { OwnClient } from "./own-client.js";
import { recentSessions, SessionsInFlight } from "./recent-sessions.js";
import { SessionEnds } from "./session-ends.js";
import { isHandle, isSessionId, newSessionId } from "./session-ids.js";
import { type Outcome, SessionWriter } from "./session-writer.js";
import { decode, type StoredValues, type Values, valuesModel } from "./values-model.js";

/**
 * Keeps the sessions of `@curveball/session` in Redis, on the keys of `@curveball/session-redis`. Every method rejects with
 * a `KeyspaceError` when Redis cannot do it.
 *
 * @example
 * app.use(session({ store: new RedisStore() }));
 */
export class RedisStore<SessionValues extends object = Record<string, unknown>> implements UserSessions<SessionValues> {
  readonly #store: RecordStore<StoredValues>;
  readonly #model: RecordModel<StoredValues>;
  readonly #loaded: LoadedSessions;
  readonly #writer: SessionWriter;
  readonly #sessions: UserSessions<SessionValues> | undefined;
  readonly #own: OwnClient | undefined;
  readonly #inFlight: SessionsInFlight = new SessionsInFlight();

  /** @throws {TypeError} naming the option that is wrong. */
  constructor(options: RedisStoreOptions<SessionValues> = {}) {
    checkOptions(options);
    const { prefix = "session", clientOptions = {}, onError = () => {}, userIdFrom, ...others } = options;
    const { client: given, absoluteTimeoutSeconds, touchAfterSeconds, migratingFrom, ...common } = others;
    let client = given;
    if (client === undefined) {
      this.#own = new OwnClient(clientOptions, onError);
      client = this.#own.driver;
    }
    const model = valuesModel((values) => userIdFrom?.(values as SessionValues));
    const store = createRecordStore(client, {
      ...common,
      record: model,
      migratingFrom: formerLayout(migratingFrom, curveballLayout, model),
      sessionPrefix: `${prefix}-`,
      userSessionsPrefix: indexPrefix(prefix),
    });
    const recent = recentSessions();
    const loaded = new LoadedSessions(recent);
    const ends = new SessionEnds(store, model, recent, { absoluteTimeoutSeconds, touchAfterSeconds });
    this.#store = store;
    this.#model = model;
    this.#loaded = loaded;
    this.#writer = new SessionWriter({ store, model, loaded, recent, inFlight: this.#inFlight, ends });
    if (userIdFrom === undefined) return;
    const session = ({ values }: StoredValues): SessionValues => values as SessionValues;
    this.#sessions = userSessions(store, { userId: (userId) => userId, session });
  }

  /** The values, or `null` for an id that is unknown, ended or malformed. */
  async get(id: string): Promise<SessionValues | null> {
    if (!isSessionId(id)) return null;
    const found = await this.#store.get(id);
    if (found === null) return null;
    // Who has a cache is handed the same session again, and this request may change it.
    const { values } = (Object.isFrozen(found) && decode(found.text ?? "")) || found;
    this.#loaded.add(values, id, found);
    this.#inFlight.add(id);
    return values as SessionValues;
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
    try {
      if (deadline <= Date.now()) await this.#writer.delete(id);
      else await this.#writer.write(id, values as Values, deadline);
    } finally {
      this.#inFlight.remove(id);
    }
  }

  /** Ends a session. */
  async delete(id: string): Promise<void> {
    if (!isSessionId(id)) return;
    try {
      await this.#writer.delete(id);
    } finally {
      this.#inFlight.remove(id);
    }
  }

  /** 32 random bytes, in 43 characters. */
  async newSessionId(): Promise<string> {
    return newSessionId();
  }

  /**
   * The user's live sessions, the most recently used first, as exact as `touchAfterSeconds`.
   *
   * @param options `current`: the id of the session that asks, `ctx.sessionId`, to mark it.
   */
  async list(
    userId: string,
    options: { readonly current?: string | null | undefined } = {},
  ): Promise<SessionItem<SessionValues>[]> {
    return await this.#ofUsers().list(userId, { current: options.current ?? undefined });
  }

  /** Ends one of the user's sessions by its handle; `false` if it is not there or another user's. */
  async revoke(userId: string, handle: string): Promise<boolean> {
    return isHandle(handle) && (await this.#ofUsers().revoke(userId, handle));
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

  /**
   * Tells when a session ends, wherever that is done: once, and at once if it is gone already. For a WebSocket.
   *
   * @param id `ctx.sessionId`.
   * @returns What ends the watch.
   * @throws {TypeError} without the option `stream`.
   */
  watch(id: string | null, watcher: SessionWatcher): () => void {
    return this.#store.watch(id ?? "", watcher);
  }

  /**
   * Tells of each of the user's sessions when it ends, those that begin later among them.
   *
   * @returns What ends the watch.
   * @throws {TypeError} without the option `stream`.
   */
  watchUser(userId: string, watcher: UserWatcher): () => void {
    return this.#ofUsers().watchUser(userId, watcher);
  }

  /**
   * Tells which sessions began and were ended, at least once while the stream is up.
   *
   * @returns What ends it.
   * @throws {TypeError} without the option `stream`.
   */
  onEvent(listener: (event: SessionEvent) => void): () => void {
    return this.#store.onEvent(listener);
  }

  /** @internal Which of these ids is a live session's: that of a user before one of nobody's. */
  async pick(ids: readonly string[]): Promise<string | null> {
    let nobodys: string | null = null;
    for (const id of ids) {
      const found = isSessionId(id) ? await this.#store.get(id) : null;
      if (found === null) continue;
      if (this.#model.userId(found) !== null) return id;
      nobodys ??= id;
    }
    return nobodys;
  }

  /** @internal How the last `set` of these values ended. */
  outcome(values: object): Outcome | undefined {
    return this.#writer.outcome(values);
  }

  /** @internal Adds a member to a loaded session at once, unless it has one of the name. Answers the one that stands. */
  addOnce(values: object, name: string, value: string, deadline: number): Promise<unknown> {
    return this.#writer.addOnce(values as Values, name, value, deadline);
  }

  /** Closes the store's own client; what is under way fails. A client that was given is left alone. */
  async close(): Promise<void> {
    this.#own?.close();
  }

  #ofUsers(): UserSessions<SessionValues> {
    if (this.#sessions === undefined) {
      throw new TypeError('option "userIdFrom" must be given: the store does not know whose sessions these are');
    }
    return this.#sessions;
  }
}
