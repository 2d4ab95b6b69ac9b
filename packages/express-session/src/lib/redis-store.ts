import { type Session, type SessionData, Store } from "express-session";
import type { SessionEvent, SessionWatcher, StoreClient, UserWatcher } from "redis-keyspace";
import {
  createRecordStore,
  formerLayout,
  type RecordStore,
  type SessionItem,
  type UserSessions,
  userSessions,
} from "redis-keyspace/adapter";
import { AllSessions, type SessionWithId } from "./all-sessions.js";
import { answer, type Callback } from "./callbacks.js";
import { cookieData, usableCookie } from "./cookies.js";
import { expressSessionLayout } from "./layout.js";
import { LoadedSessions } from "./loaded-sessions.js";
import { checkOptions, indexPrefix, type RedisStoreOptions, type Serializer } from "./options.js";
import { SessionEnds } from "./session-ends.js";
import { type StoredSession, sessionModel, valuesIn } from "./session-model.js";
import { SessionWriter } from "./session-writer.js";

type Request = Parameters<Store["createSession"]>[0];

/**
 * Keeps the sessions of `express-session` in Redis, on the keys of `connect-redis`. Every method calls back with, or without
 * a callback rejects with, a `KeyspaceError` when Redis cannot do it.
 *
 * @example
 * app.use(session({ store: new RedisStore({ client }), secret, resave: false, saveUninitialized: false }));
 */
export class RedisStore extends Store implements UserSessions<SessionData> {
  readonly client: StoreClient;
  readonly prefix: string;
  readonly scanCount: number;
  readonly serializer: Serializer;
  readonly ttl: number | ((session: SessionData) => number);
  readonly disableTTL: boolean;
  readonly disableTouch: boolean;
  readonly #store: RecordStore<StoredSession>;
  readonly #loaded = new LoadedSessions();
  readonly #all: AllSessions;
  readonly #writer: SessionWriter;
  readonly #sessions: UserSessions<StoredSession> | undefined;
  readonly #graceMs: number;

  /** @throws {TypeError} naming the option that is wrong. */
  constructor(options: RedisStoreOptions) {
    super();
    checkOptions(options);
    const {
      client,
      ttl = 86_400,
      scanCount = 100,
      disableTTL = false,
      disableTouch = false,
      serializer = JSON,
    } = options;
    const { userIdFrom, maxSessionsPerUser, whenFull, hashIds, codec, observe, topology, commandTimeoutMs } = options;
    const { stream, cache, migratingFrom } = options;
    this.client = client;
    this.prefix = options.prefix ?? "sess:";
    this.scanCount = scanCount;
    this.serializer = serializer;
    this.ttl = ttl;
    this.disableTTL = disableTTL;
    this.disableTouch = disableTouch;
    this.#graceMs = (options.regenerateGraceSeconds ?? 0) * 1000;
    const model = sessionModel(serializer, (values) => userIdFrom?.(values));
    this.#store = createRecordStore(client, {
      ...{ maxSessionsPerUser, whenFull, hashIds, codec, observe, stream, cache, topology, commandTimeoutMs },
      record: model,
      migratingFrom: formerLayout(migratingFrom, expressSessionLayout, model),
      ...(this.#graceMs > 0 && { accepts: ({ isFormer }: StoredSession) => !isFormer }),
      sessionPrefix: this.prefix,
      userSessionsPrefix: indexPrefix(this.prefix),
      optionNames: { sessionPrefix: "prefix" },
    });
    this.#all = new AllSessions(this.#store);
    const ends = new SessionEnds(this.#store, model, options);
    this.#writer = new SessionWriter({ store: this.#store, serializer, loaded: this.#loaded, ends });
    if (userIdFrom === undefined) return;
    this.#sessions = userSessions(this.#store, { userId: (userId) => userId, session: (session) => session });
  }

  /** The session, or `null` for an id that is unknown, ended or malformed. */
  get(id: string): Promise<SessionData | null>;
  get(id: string, callback: Callback<SessionData | null>): void;
  get(id: string, callback?: Callback<SessionData | null>): Promise<SessionData | null> | undefined {
    return answer(this.#read(id), callback);
  }

  /**
   * Stores a session. Of one that was loaded, only what changed since is stored, onto what is stored now; one that was ended
   * meanwhile stays so. Any other is stored as a whole, in place of what is there.
   */
  set(id: string, session: SessionData): Promise<void>;
  set(id: string, session: SessionData, callback: Callback | undefined): void;
  set(id: string, session: SessionData, callback?: Callback): Promise<void> | undefined {
    return answer(this.#writer.write(id, session), callback);
  }

  /** Moves the end of a session, once in a while. */
  override touch(id: string, session: SessionData): Promise<void>;
  override touch(id: string, session: SessionData, callback: Callback | undefined): void;
  override touch(id: string, session: SessionData, callback?: Callback): Promise<void> | undefined {
    const isOff = this.disableTouch || this.disableTTL;
    return answer(isOff ? Promise.resolve() : this.#writer.touch(id, session), callback);
  }

  /** Ends a session. */
  destroy(id: string): Promise<void>;
  destroy(id: string, callback: Callback | undefined): void;
  destroy(id: string, callback?: Callback): Promise<void> | undefined {
    return answer(this.#writer.delete(id), callback);
  }

  /** Ends the request's session and gives it a new one with a new id. If Redis cannot, the session stays as it is. */
  override regenerate(request: Request, callback: Callback): void {
    const { sessionID, session } = request;
    const replaced = this.#writer.replace(sessionID, session, this.#graceMs);
    const generated = replaced.then(() => (this as Store as Express.SessionStore).generate(request));
    void answer(generated, callback);
  }

  /** A session outside a request, as for a WebSocket; nothing if there is none. */
  override load(id: string): Promise<(Session & SessionData) | undefined>;
  override load(id: string, callback: Callback<SessionData>): void;
  override load(
    id: string,
    callback?: Callback<SessionData>,
  ): Promise<(Session & SessionData) | undefined> | undefined {
    const loaded = this.#read(id).then((found) => {
      if (found === null) return undefined;
      return this.createSession({ sessionID: id, sessionStore: this } as unknown as Request, found);
    });
    if (callback === undefined) return loaded;
    void answer<SessionData | undefined>(loaded, callback as Callback<SessionData | undefined>);
    return undefined;
  }

  override createSession(request: Request, found: SessionData): Session & SessionData {
    const session = super.createSession(request, { ...found, cookie: usableCookie(found.cookie) });
    this.#loaded.pass(found, session);
    return session;
  }

  /** The ids of all sessions: with `hashIds` the hashes of them. With SCAN, so not for requests. */
  ids(): Promise<string[]>;
  ids(callback: Callback<string[]>): void;
  ids(callback?: Callback<string[]>): Promise<string[]> | undefined {
    return answer(this.#all.ids(), callback);
  }

  /** All sessions, each with its `id`. With SCAN, so not for requests. */
  override all(): Promise<SessionWithId[]>;
  override all(callback: Callback<SessionWithId[]>): void;
  override all(callback?: Callback<SessionWithId[]>): Promise<SessionWithId[]> | undefined {
    return answer(this.#all.all(), callback);
  }

  /** How many sessions there are. With SCAN, so not for requests. */
  override length(): Promise<number>;
  override length(callback: Callback<number>): void;
  override length(callback?: Callback<number>): Promise<number> | undefined {
    return answer(this.#all.length(), callback);
  }

  /** Ends all sessions. */
  override clear(): Promise<void>;
  override clear(callback: Callback | undefined): void;
  override clear(callback?: Callback): Promise<void> | undefined {
    return answer(this.#all.clear(), callback);
  }

  /**
   * The user's live sessions, the most recently used first, as exact as `touchAfterSeconds`.
   *
   * @param options `current`: the id of the session that asks, `req.sessionID`, to mark it.
   */
  async list(
    userId: string,
    options: { readonly current?: string | undefined } = {},
  ): Promise<SessionItem<SessionData>[]> {
    const found = await this.#ofUsers().list(userId, options);
    return found
      .filter(({ session }) => !session.isFormer)
      .map(({ session, ...item }) => ({ ...item, session: session.values }));
  }

  /** Ends one of the user's sessions by its handle; `false` if it is not there or another user's. */
  async revoke(userId: string, handle: string): Promise<boolean> {
    return await this.#ofUsers().revoke(userId, handle);
  }

  /**
   * Ends all of the user's sessions.
   *
   * @param options `except`: the id of the session to keep, `req.sessionID`: not a handle.
   * @returns How many there were.
   */
  async deleteAll(userId: string, options: { readonly except?: string | undefined } = {}): Promise<number> {
    return await this.#ofUsers().deleteAll(userId, options);
  }

  /** How many live sessions the user has. */
  async count(userId: string): Promise<number> {
    return await this.#ofUsers().count(userId);
  }

  /**
   * Tells when a session ends, wherever that is done: once, and at once if it is gone already. For a WebSocket.
   *
   * @param id `req.sessionID`.
   * @returns What ends the watch.
   * @throws {TypeError} without the option `stream`.
   */
  watch(id: string, watcher: SessionWatcher): () => void {
    return this.#store.watch(id, watcher);
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

  /** Tells which sessions began and were ended, at least once while the stream is up. Needs `stream` too. */
  onEvent(listener: (event: SessionEvent) => void): () => void {
    return this.#store.onEvent(listener);
  }

  async #read(id: string): Promise<SessionData | null> {
    const found = await this.#store.get(id);
    if (found === null) return null;
    const { text = "" } = found;
    // Who has a cache is handed the same session again, and this request may change it.
    const values = (Object.isFrozen(found) && valuesIn(this.serializer, text)) || found.values;
    this.#loaded.add(values, { id, from: found, seen: text, cookie: cookieData(values.cookie) });
    return values;
  }

  #ofUsers(): UserSessions<StoredSession> {
    if (this.#sessions === undefined) {
      throw new TypeError('option "userIdFrom" must be given: the store does not know whose sessions these are');
    }
    return this.#sessions;
  }
}
