import { createRecordStore, type RecordStore, type RecordStoreOptions, type StoreClient } from "redis-keyspace";

/** A live session in a list. */
export interface SessionItem<Session> {
  /**
   * What `revoke` takes. With `hashIds` it cannot sign in, and the session's `id` is the same handle. Without, it is the
   * session id: keep it from pages and logs.
   */
  readonly handle: string;
  readonly session: Session;
}

/**
 * The sessions of a user: "your devices", and signing out of them. Every method rejects with a `KeyspaceError` when
 * Redis cannot do it.
 */
export interface RedisSessions<Session, UserId = string> {
  /** The user's live sessions, in no promised order. */
  list(userId: UserId): Promise<SessionItem<Session>[]>;
  /** Ends one of the user's sessions; `false` if it is not there or another user's. */
  revoke(userId: UserId, handle: string): Promise<boolean>;
  /**
   * Ends all of the user's sessions.
   *
   * @param options `except`: the id of the session to keep, as in the cookie: not a handle.
   * @returns How many there were.
   */
  deleteAll(userId: UserId, options?: { readonly except?: string | undefined }): Promise<number>;
  /** How many live sessions the user has. */
  count(userId: UserId): Promise<number>;
}

export function sessionsOf<Value, Session, UserId>(
  store: RecordStore<Value>,
  toOwner: (userId: UserId) => string,
  toSession: (handle: string, record: Value) => Session,
): RedisSessions<Session, UserId> {
  return {
    async list(userId) {
      const found = await store.list(toOwner(userId));
      return found.map(({ handle, record }) => ({ handle, session: toSession(handle, record) }));
    },
    revoke: async (userId, handle) => (await store.revoke(toOwner(userId), handle)) !== null,
    deleteAll: async (userId, options) => await store.deleteAll(toOwner(userId), options),
    count: async (userId) => await store.count(toOwner(userId)),
  };
}

export interface OpenStore<Value> {
  readonly store: RecordStore<Value>;
  /** Ends a session by its id or by its handle, because the ids of the sessions that Lucia lists are handles. */
  end(idOrHandle: string): Promise<void>;
}

export function openStore<Value>(client: StoreClient, options: RecordStoreOptions<Value>): OpenStore<Value> {
  const store = createRecordStore(client, options);
  const byHandle = options.hashIds === true ? createRecordStore(client, { ...options, hashIds: false }) : undefined;
  return {
    store,
    async end(idOrHandle) {
      if ((await store.delete(idOrHandle)) === null) await byHandle?.delete(idOrHandle);
    },
  };
}

/** A misspelt option would be ignored in silence. */
export function checkKnown(name: string, given: object, known: readonly string[]): void {
  if (typeof given !== "object" || given === null) throw new TypeError(`${name} must be an object`);
  for (const option of Object.keys(given)) {
    if (!known.includes(option)) {
      throw new TypeError(`option "${option}" of ${name} is not known; known are ${known.join(", ")}`);
    }
  }
}

export function checkPrefix(name: string, prefix: string): void {
  if (typeof prefix !== "string") throw new TypeError(`option "${name}" must be a string`);
}
