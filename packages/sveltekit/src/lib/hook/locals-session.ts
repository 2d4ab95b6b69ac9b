import type { DataOf, SessionItem, SessionRecord, SessionWatcher, UserWatcher } from "redis-keyspace";

export interface SignInOptions {
  /**
   * How long this session lives unused, in seconds: "remember me". Default: `idleTimeoutSeconds` of the hook. From 1 to ten
   * years.
   */
  readonly idleTimeoutSeconds?: number | undefined;
}

/**
 * The visitor's session, as `event.locals.session`. Declare it once, in `app.d.ts`:
 *
 *     declare global {
 *       namespace App {
 *         interface Locals {
 *           session: import("@redis-keyspace/sveltekit").LocalsSession<{ theme: string }>;
 *         }
 *       }
 *     }
 *
 * Every method rejects with a `KeyspaceError` when Redis cannot do it. The cookie waits for the response. Whatever needs a new
 * one must come before the response is generated, and throws an `Error` afterwards, which leaves the visitor's session as it
 * was: `signIn`, `rotate`, and `set` where there is no session yet. The others work while a response streams.
 */
export interface LocalsSession<Data, Input = Data> {
  /** `null` where there is no session. A copy, or frozen with a `cache`: `set` and `update` change it. */
  readonly data: Readonly<Data> | null;
  /** Who is signed in; `null` for nobody. */
  readonly userId: string | null;
  /** When the session ends, unless it is used. */
  readonly expiresAt: Date | null;
  /**
   * Whether the visitor has a cookie and Redis could not say whose it is. Then nobody is signed in for this request, and
   * the cookie stays: answer 503, or go on without.
   */
  readonly unavailable: boolean;
  /**
   * Stores data: in the session there is, or in a new one of nobody's.
   *
   * @returns `false` if the session was ended meanwhile: then nothing is stored.
   */
  set(data: DataOf<Data, Input>): Promise<boolean>;
  /**
   * Changes the data as it is now; the function may run several times, so that no writer's change is lost.
   *
   * @returns The new data, or `null` where there is no session.
   */
  update(change: (data: Data) => DataOf<Data, Input> | Promise<DataOf<Data, Input>>): Promise<Data | null>;
  /** Ends the session, and any other that the browser has a cookie of, and deletes the cookie. */
  delete(): Promise<void>;
  /**
   * Gives the session a new id: whenever rights change. `signIn` does it by itself. Of several requests at once, one does
   * it: while a former id can still be read, a request that came with it leaves the cookie as it is.
   *
   * @param options `graceSeconds`: how long the old id can still be read, for requests under way. Default: 0, at most 3600.
   */
  rotate(options?: { readonly graceSeconds?: number | undefined }): Promise<void>;
  /**
   * Starts a session of a user, with a new id and this data, and ends the one there was. Ends it again if the response
   * cannot have its cookie, and fails then.
   */
  signIn(userId: string, data: DataOf<Data, Input>, options?: SignInOptions): Promise<void>;
  /** The same as `delete`. */
  signOut(): Promise<void>;
  /**
   * The user's sessions ("your devices"), the most recently used first, and which of them is this one; none for nobody.
   * Their handles are what `revoke` takes.
   */
  list(): Promise<SessionItem<SessionRecord<Data>>[]>;
  /** How many sessions the user has; 0 for nobody. */
  count(): Promise<number>;
  /** Ends one of the user's sessions by its handle; `false` if it is not there or another user's. */
  revoke(handle: string): Promise<boolean>;
  /**
   * Ends all of the user's sessions.
   *
   * @param options `except`: `"current"` keeps this one.
   * @returns How many there were.
   */
  deleteAll(options?: { readonly except?: "current" | undefined }): Promise<number>;
  /**
   * Tells when this session ends, wherever that is done: once. For what outlives the request, an event stream or a
   * WebSocket. Of a session that `rotate` or `signIn` of this request replaces later, it tells that it ended.
   *
   * @returns What ends the watch: call it when the stream or the socket closes.
   * @throws {TypeError} without the option `stream`.
   * @throws {Error} where there is no session.
   */
  watch(watcher: SessionWatcher): () => void;
  /**
   * Tells of each of the user's sessions when it ends, those that begin later among them.
   *
   * @returns What ends the watch.
   * @throws {TypeError} without the option `stream`.
   * @throws {Error} where nobody is signed in.
   */
  watchUser(watcher: UserWatcher): () => void;
}
