import type { SessionEvent, SessionWatcher, UserWatcher } from "./live/session-stream.js";
import type { Jsonable } from "./records/json.js";
import type { StandardSchema } from "./records/schema.js";
import type { SessionRecord } from "./records/session-model.js";
import type { SessionItem } from "./session-item.js";
import type { CommonOptions, MigratingFrom } from "./store-options.js";

export interface SessionStoreOptions<Data, Input = Data> extends CommonOptions {
  /** What a session's key starts with. Default: `session:`. */
  readonly sessionPrefix?: string | undefined;
  /** What the key of a user's index starts with. Default: `user-sessions:`. */
  readonly userSessionsPrefix?: string | undefined;
  /** How long an untouched session lives, in seconds. Default: 1209600 (14 days). From 1 to ten years. */
  readonly idleTimeoutSeconds?: number | undefined;
  /** How long a session lives however often it is touched, in seconds. Default: no limit. From 1 to ten years. */
  readonly absoluteTimeoutSeconds?: number | undefined;
  /**
   * `touch` with a session writes only when this many seconds were used of its idle timeout. Default: a tenth of
   * `idleTimeoutSeconds`. From 0 (every time) to `idleTimeoutSeconds`.
   */
  readonly touchAfterSeconds?: number | undefined;
  /**
   * Checks and types the data. The JSON of what is given is what the schema sees, when it is written and whenever it is
   * read, and what is stored; callers get the schema's output. So a schema can make a `Date` of a string. What is stored
   * and doesn't fit is no session.
   */
  readonly schema?: StandardSchema<Input, Data> | undefined;
  /**
   * Whether keys hold the SHA-256 of a session id in place of the id, so that whoever reads Redis, a backup or a trace
   * cannot sign in, and handles can revoke but never sign in. Default: true. Turning it on or off signs everybody out,
   * because the old keys are no longer found.
   */
  readonly hashIds?: boolean | undefined;
  /**
   * How the store was set up before: another prefix, `hashIds` or `codec` is turned on without signing anybody out. A
   * session that is not at its new key is looked for at its former one, and moves at its first use. Not with two clients,
   * a `stream` or a `cache`; on a Cluster all prefixes need one hash tag. See `docs/migrating.md`. Default: none, at no
   * cost.
   */
  readonly migratingFrom?: MigratingFrom | undefined;
}

/** A live session. */
export interface Session<Data> extends SessionRecord<Data> {
  /** The secret that the visitor's cookie holds. */
  readonly id: string;
}

/**
 * Data as it is given to a store: JSON, and what the schema takes. With a schema whose output is another type, its output
 * is accepted too, so that what was read can be changed and given back: its JSON must then be what the schema takes.
 */
export type DataOf<Data, Input = Data> = [Data, Input] extends [Input, Data] ? Jsonable<Input> : Jsonable<Input> | Data;

export interface NewSession<Data> {
  readonly userId: string | null;
  /** JSON. What has none (a `bigint`, or what contains itself) is a `TypeError`. */
  readonly data: Data;
  /**
   * How long this session lives untouched, in seconds: "remember me", or a short life before somebody signs in. Default:
   * the store's. From 1 to ten years. It counts wherever the session is touched as a session; `touch` with an id, which
   * does not read it, restarts the store's.
   */
  readonly idleTimeoutSeconds?: number | undefined;
  /** Default: 32 random characters of base64url, 192 bits. Must be as hard to guess. */
  readonly id?: string | undefined;
}

export interface SessionChange<Data> {
  readonly userId?: string | null | undefined;
  readonly data?: Data | undefined;
}

/**
 * Sessions with an idle and an absolute timeout. Wherever an id is taken, the session that was read is better: it saves
 * reading it again. Every method rejects with a `KeyspaceError` when Redis cannot do it; absence is `null`.
 */
export interface SessionStore<Data, Input = Data> {
  /**
   * Answers what `get` will answer: the data has been JSON.
   *
   * @throws {KeyspaceError} `ERR_SESSION_EXISTS`, `ERR_SESSION_LIMIT`, `ERR_SESSION_REVOKED`, `ERR_SESSION_INVALID`
   */
  create(session: NewSession<DataOf<Data, Input>>): Promise<Session<Data>>;
  /** The session, or `null` if it is missing, ended or malformed. */
  get(id: string): Promise<Session<Data> | null>;
  /**
   * Changes a session as it is now; the function may run several times, and returns `undefined` to change nothing.
   * Never brings back a session that is gone, and never overwrites what another writer changed meanwhile.
   *
   * @throws {KeyspaceError} `ERR_SESSION_LIMIT` for a new owner, `ERR_SESSION_CONFLICT`, `ERR_SESSION_INVALID`
   *
   * @example
   * await store.update(session, ({ data }) => ({ data: { ...data, visits: data.visits + 1 } }));
   */
  update(
    session: string | Session<Data>,
    change: (
      session: Session<Data>,
    ) => SessionChange<DataOf<Data, Input>> | undefined | Promise<SessionChange<DataOf<Data, Input>> | undefined>,
  ): Promise<Session<Data> | null>;
  /**
   * Restarts the idle timeout. With a session in place of an id it writes at most once per `touchAfterSeconds`.
   *
   * @returns When the session ends now, or `null` if it is gone.
   */
  touch(session: string | Session<Data>): Promise<Date | null>;
  /**
   * Gives a session a new id: at sign-in and whenever rights change.
   *
   * @param options `graceSeconds`: how long the former id can still be read, for requests under way. Default: 0, at
   *   most 3600. What is written to the former id in that time is lost, and a rotation of it ends with it. Both ids are
   *   one session: it is listed and counted once, and ending one ends both.
   */
  rotate(
    session: string | Session<Data>,
    options?: { readonly graceSeconds?: number | undefined; readonly id?: string | undefined },
  ): Promise<Session<Data> | null>;
  /** Ends a session and returns it, or `null` if there was none. */
  delete(session: string | Session<Data>): Promise<Session<Data> | null>;
  /** Ends one of a user's sessions by its handle; `false` if it is not there or another user's. */
  revoke(userId: string, handle: string): Promise<boolean>;
  /**
   * The user's sessions, the most recently used first. With `hashIds: false` their handles are their ids: keep them from
   * pages and logs.
   *
   * @param options `current`: the session that asks, to mark it.
   */
  list(
    userId: string,
    options?: { readonly current?: string | Session<Data> | undefined },
  ): Promise<SessionItem<SessionRecord<Data>>[]>;
  /** Ends all of a user's sessions but `except`, and returns how many there were. */
  deleteAll(userId: string, options?: { readonly except?: string | Session<Data> | undefined }): Promise<number>;
  /** How many sessions the user has. */
  count(userId: string): Promise<number>;
  /**
   * Tells when a session ends, wherever that is done: once, at once if it is gone already, and within a second of its end
   * if its time is over. For sockets: close them there.
   *
   * @returns What ends the watch.
   * @throws {TypeError} without the option `stream`.
   *
   * @example
   * const off = store.watch(session, { onEnd: (reason) => socket.close(4001, reason) });
   * socket.on("close", off);
   */
  watch(session: string | Session<Data>, watcher: SessionWatcher): () => void;
  /**
   * Tells of each of a user's sessions when it ends, those that begin later among them.
   *
   * @returns What ends the watch.
   * @throws {TypeError} without the option `stream`.
   */
  watchUser(userId: string, watcher: UserWatcher): () => void;
  /**
   * Tells of sessions that begin and end, for audit logs and notices: at least once each while the stream is up, and only
   * what stores with a `stream` do.
   *
   * @returns What ends it.
   * @throws {TypeError} without the option `stream`.
   */
  onEvent(listener: (event: SessionEvent) => void): () => void;
  /** All sessions, with SCAN: for maintenance. One may come twice. */
  all(): AsyncIterable<SessionItem<SessionRecord<Data>>>;
}

export function isSession<Data>(target: string | Session<Data>): target is Session<Data> {
  return typeof target === "object" && target !== null;
}

export function idOf<Data>(target: string | Session<Data>): string {
  return isSession(target) ? target.id : target;
}
