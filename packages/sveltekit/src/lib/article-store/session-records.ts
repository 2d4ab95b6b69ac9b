import type {
  CommonOptions,
  SessionEvent,
  SessionItem,
  SessionWatcher,
  StoreClient,
  UserWatcher,
} from "redis-keyspace";
import {
  createRecordStore,
  isId,
  type RecordModel,
  type RecordStore,
  type RecordStoreOptions,
} from "redis-keyspace/adapter";
import { type StoredSession, storedSessionModel } from "./stored-session.js";

export interface SessionRecordsOptions
  extends CommonOptions,
    Pick<
      RecordStoreOptions<StoredSession>,
      "sessionPrefix" | "userSessionsPrefix" | "legacyIndexPrefix" | "optionNames"
    > {
  /** How long a session lives from its last renewal, in milliseconds. */
  readonly lifetimeMs: number;
  /** Whose a session is whose record does not say; `null` for nobody. */
  readonly ownerOf: (text: string) => string | null;
}

/** How the renewal of a session went. */
export type Renewal = "renewed" | "not-due" | "gone";

/** @throws {TypeError} naming the option that is wrong. */
export function openSessionRecords(
  client: StoreClient,
  { lifetimeMs, ownerOf, ...options }: SessionRecordsOptions,
): SessionRecords {
  const model = storedSessionModel(ownerOf);
  const store = createRecordStore(client, { ...options, record: model });
  // Without hashes, the handle of a session that only a legacy set knows is its id.
  const adopts = options.legacyIndexPrefix !== undefined && options.hashIds !== true;
  return new SessionRecords({ store, model, lifetimeMs, adopts });
}

interface SessionRecordsParts {
  readonly store: RecordStore<StoredSession>;
  readonly model: RecordModel<StoredSession>;
  readonly lifetimeMs: number;
  readonly adopts: boolean;
}

/** The sessions by id: what is stored of each, and for how long. */
export class SessionRecords {
  readonly #store: RecordStore<StoredSession>;
  readonly #model: RecordModel<StoredSession>;
  readonly #lifetimeMs: number;
  readonly #adopts: boolean;

  constructor({ store, model, lifetimeMs, adopts }: SessionRecordsParts) {
    this.#store = store;
    this.#model = model;
    this.#lifetimeMs = lifetimeMs;
    this.#adopts = adopts;
  }

  get(id: string): Promise<StoredSession | null> {
    return this.#store.get(id);
  }

  create(id: string, text: string, userId: string | null): Promise<void> {
    return this.#store.create(id, { text, userId, expiresAt: this.#end() });
  }

  /**
   * Replaces the text and renews the session.
   *
   * @param change Is given the text as it is now, and may run several times. `undefined` changes nothing.
   * @returns Whether there is such a session.
   */
  async update(id: string, change: (text: string) => string | undefined): Promise<boolean> {
    const session = await this.#store.update(id, (found) => {
      const text = change(found.text);
      // Whoever it belongs to, new data takes it from nobody.
      return text === undefined ? undefined : { text, userId: this.#model.userId(found), expiresAt: this.#end() };
    });
    return session !== null;
  }

  /**
   * @param from The session as it was read, if it was.
   * @param whenLeftMs Renews only what has no more left than this. Default: renews in any case.
   */
  async renew(id: string, from?: StoredSession, whenLeftMs?: number): Promise<Renewal> {
    const end = this.#end();
    const standing = await this.#store.touch(id, end, { from, whenLeftMs });
    if (standing === null) return "gone";
    return whenLeftMs === undefined || standing.getTime() === end.getTime() ? "renewed" : "not-due";
  }

  /**
   * @param userId Whose the session is, if it is not known.
   * @returns Whether there was one.
   */
  async delete(id: string, userId: string | null = null): Promise<boolean> {
    if (isId(userId)) await this.#adopt(id, userId);
    return (await this.#store.delete(id)) !== null;
  }

  list(userId: string, current: string | undefined): Promise<SessionItem<StoredSession>[]> {
    return this.#store.list(userId, { current });
  }

  async revoke(userId: string, handle: string): Promise<boolean> {
    if ((await this.#store.revoke(userId, handle)) !== null) return true;
    if (!this.#adopts || !(await this.#store.list(userId)).some((item) => item.handle === handle)) return false;
    await this.#adopt(handle, userId);
    return (await this.#store.revoke(userId, handle)) !== null;
  }

  async deleteAll(userId: string, except: string | undefined): Promise<void> {
    await this.#store.deleteAll(userId, { except });
  }

  watch(id: string, watcher: SessionWatcher): () => void {
    return this.#store.watch(id, watcher);
  }

  watchUser(userId: string, watcher: UserWatcher): () => void {
    return this.#store.watchUser(userId, watcher);
  }

  onEvent(listener: (event: SessionEvent) => void): () => void {
    return this.#store.onEvent(listener);
  }

  /** A session of the replaced package is only found through its set: then its record learns whose it is. */
  async #adopt(id: string, userId: string): Promise<void> {
    await this.#store.update(
      id,
      (found) => (this.#model.userId(found) === null ? { ...found, userId, expiresAt: this.#end() } : undefined),
      { counted: false },
    );
  }

  #end(): Date {
    return new Date(Date.now() + this.#lifetimeMs);
  }
}
