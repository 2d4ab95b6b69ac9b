import type { Keyspace } from "../keyspace.js";
import { checkFunction } from "../options.js";
import { toDeadline } from "../records/expiry.js";
import type { LiveSessions, SessionEvent, SessionWatcher, UserWatcher } from "./session-stream.js";

export type Watching = Pick<LiveSessions<never, never>, "watch" | "watchUser" | "onEvent">;

/** What a store tells of its sessions as it happens. */
export class RecordWatches {
  readonly #keyspace: Keyspace;
  readonly #live: Watching | undefined;

  constructor(keyspace: Keyspace, live: Watching | undefined) {
    this.#keyspace = keyspace;
    this.#live = live;
  }

  /**
   * Tells when a session ends, wherever that is done: once, and at once if it is gone already.
   *
   * @param options `expiresAt`: when it ends, where the caller knows.
   * @returns What ends the watch.
   * @throws {TypeError} without a `stream`.
   */
  readonly watch = (
    id: string,
    watcher: SessionWatcher,
    { expiresAt }: { readonly expiresAt?: Date | number | undefined } = {},
  ): (() => void) => {
    const live = this.#needLive();
    checkFunction("onEnd", watcher?.onEnd);
    let off: (() => void) | undefined;
    let isOff = false;
    const begin = (storedId: string): void => {
      if (!isOff) off = live.watch(storedId, watcher, expiresAt === undefined ? undefined : toDeadline(expiresAt));
    };
    // What cannot be an id is looked for as well, and not found.
    const storedId = this.#keyspace.isSessionId(id) ? this.#keyspace.storedId(id) : "";
    if (typeof storedId === "string") begin(storedId);
    else storedId.then(begin, () => {});
    return () => {
      isOff = true;
      off?.();
    };
  };

  /**
   * Tells of each of a user's sessions when it ends, those that begin later among them.
   *
   * @returns What ends the watch.
   * @throws {TypeError} without a `stream`.
   */
  readonly watchUser = (userId: string, watcher: UserWatcher): (() => void) => {
    const live = this.#needLive();
    checkFunction("onEnd", watcher?.onEnd);
    return this.#keyspace.isUserId(userId) ? live.watchUser(userId, watcher) : () => {};
  };

  /**
   * Tells what stores with a `stream` do to sessions, at least once while it is up.
   *
   * @returns What ends it.
   * @throws {TypeError} without a `stream`.
   */
  readonly onEvent = (listener: (event: SessionEvent) => void): (() => void) => {
    checkFunction("listener", listener);
    return this.#needLive().onEvent(listener);
  };

  #needLive(): Watching {
    if (this.#live === undefined) throw new TypeError('option "stream" is missing');
    return this.#live;
  }
}
