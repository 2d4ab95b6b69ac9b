import type { SessionEvent, SessionWatcher, UserWatcher } from "../live/session-stream.js";
import type { RecordStore } from "../record-store.js";
import type { SessionItem } from "../session-item.js";

/**
 * The sessions of a user: "your devices", and signing out of them. Every method rejects with a `KeyspaceError` when
 * Redis cannot do it.
 */
export interface UserSessions<Session, UserId = string> {
  /**
   * The user's live sessions, the most recently used first.
   *
   * @param options `current`: the id of the session that asks, as in its cookie, to mark it.
   */
  list(userId: UserId, options?: { readonly current?: string | undefined }): Promise<SessionItem<Session>[]>;
  /** Ends one of the user's sessions; `false` if it is not there or another user's. */
  revoke(userId: UserId, handle: string): Promise<boolean>;
  /**
   * Ends all of the user's sessions.
   *
   * @param options `except`: the id of the session to keep, as in its cookie: not a handle.
   * @returns How many there were.
   */
  deleteAll(userId: UserId, options?: { readonly except?: string | undefined }): Promise<number>;
  /** How many live sessions the user has. */
  count(userId: UserId): Promise<number>;
  /**
   * Tells when a session ends, wherever that is done: once, and at once if it is gone already. For what stays open: a
   * WebSocket, an event stream.
   *
   * @param id The session's id, as in its cookie: not a handle.
   * @returns What ends the watch.
   * @throws {TypeError} without the option `stream`.
   */
  watch(id: string, watcher: SessionWatcher): () => void;
  /**
   * Tells of each of the user's sessions when it ends, those that begin later among them.
   *
   * @returns What ends the watch.
   * @throws {TypeError} without the option `stream`.
   */
  watchUser(userId: UserId, watcher: UserWatcher): () => void;
  /**
   * Tells which sessions began and were ended, at least once while the stream is up: for an audit log, or a mail about a
   * new device.
   *
   * @returns What ends it.
   * @throws {TypeError} without the option `stream`.
   */
  onEvent(listener: (event: SessionEvent) => void): () => void;
}

/** How a framework's users and sessions map to those of a record store. */
export interface UserSessionsMap<Value, Session, UserId> {
  userId(userId: UserId): string;
  session(record: Value, handle: string): Session;
}

export function userSessions<Value, Session, UserId = string>(
  store: RecordStore<Value>,
  map: UserSessionsMap<Value, Session, UserId>,
): UserSessions<Session, UserId> {
  return {
    async list(userId, options) {
      const found = await store.list(map.userId(userId), options);
      return found.map(({ handle, session, current }) => ({ handle, session: map.session(session, handle), current }));
    },
    revoke: async (userId, handle) => (await store.revoke(map.userId(userId), handle)) !== null,
    deleteAll: async (userId, options) => await store.deleteAll(map.userId(userId), options),
    count: async (userId) => await store.count(map.userId(userId)),
    watch: (id, watcher) => store.watch(id, watcher),
    watchUser: (userId, watcher) => store.watchUser(map.userId(userId), watcher),
    onEvent: (listener) => store.onEvent(listener),
  };
}
