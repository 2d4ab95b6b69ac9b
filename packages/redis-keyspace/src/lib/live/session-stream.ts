import type { StoreClient } from "../executions/choose.js";
import type { Execution } from "../executions/execution.js";
import type { Keyspace } from "../keyspace.js";
import type { Observer } from "../observe.js";
import type { StoredRecords } from "../records/stored-records.js";
import type { Executor } from "../redis/executor.js";
import type { CacheModel } from "./cache-model.js";
import type { NearCache } from "./near-cache.js";

/**
 * Why a session has ended.
 *
 * - `revoked`: somebody signed out, here or from elsewhere, or its record is gone for a reason that nobody told.
 * - `expired`: its time was over.
 * - `rotated`: it goes on under another id.
 * - `replaced`: another one has its place: a sign-in beyond `maxSessionsPerUser`, or another user's session under its id.
 */
export type EndReason = "revoked" | "expired" | "rotated" | "replaced";

/** Is told once when a session ends. What it throws is ignored. */
export interface SessionWatcher {
  readonly onEnd: (reason: EndReason) => void;
}

/** Is told of each of a user's sessions when it ends, once. What it throws is ignored. */
export interface UserWatcher {
  /** @param handle The session, as `list` names it. With `hashIds: false` a hash of its id. */
  readonly onEnd: (reason: EndReason, handle: string) => void;
}

/**
 * Something that a store of this application has done to a session. Handles are those of `list`; with `hashIds: false`
 * hashes of ids, which cannot revoke.
 *
 * `expired` is never told: nobody does it.
 */
export type SessionEvent =
  | { readonly type: "created"; readonly userId: string | null; readonly handle: string }
  | {
      readonly type: "ended";
      readonly userId: string | null;
      readonly handle: string;
      readonly reason: Exclude<EndReason, "expired">;
      /** What it goes on as, where it was `rotated`. */
      readonly successor?: string | undefined;
    };

/** A near cache: sessions that were read lately, kept in this process. */
export interface CacheOptions {
  /** The stream that empties it. Default: the option `stream` of the store. */
  readonly stream?: SessionStream | undefined;
  /** How many sessions it keeps at most. Default: 10,000. From 1 to 1,000,000. */
  readonly maxEntries?: number | undefined;
  /** How many UTF-16 code units of stored text it keeps at most. Default: 16,777,216. From 1 to 2^31. */
  readonly maxSize?: number | undefined;
  /**
   * How long a session is answered without asking Redis, in milliseconds, whatever happens to the stream: the longest
   * that a revoked session can live on. Default: 5000. From 1 to 60,000.
   */
  readonly maxAgeMs?: number | undefined;
}

/** What hears of every change that concerns the stores it is given to: see `createSessionStream`. */
export interface SessionStream {
  /**
   * `tracking`: Redis itself tells of every write, whoever makes it. `messages`: the scripts of those stores tell that
   * have a stream, and of nobody else's writes.
   */
  readonly kind: "tracking" | "messages";
  /** Whether everything is heard now. While it is not, caches are empty and off. */
  readonly isUp: boolean;
  /**
   * When everything is heard.
   *
   * @throws {KeyspaceError} why it is not, as soon as the server or the client says so. It is tried again all the time.
   * @throws {TypeError} before a store has the stream.
   */
  ready(): Promise<void>;
  /** Hears nothing from now on, for good. The client stays connected, and the caller's. */
  close(): Promise<void>;
  /** @internal */
  open<Value, Stored, Cached>(parts: LiveParts<Value, Stored, Cached>): LiveSessions<Stored, Cached>;
}

/** What a stream needs to know of a store. */
export interface LiveParts<Value, Stored, Cached> {
  readonly client: StoreClient;
  readonly records: StoredRecords<Value>;
  readonly keyspace: Keyspace;
  readonly execution: Execution;
  readonly sessions: Executor;
  readonly cache: CacheOptions | undefined;
  /** What a cache keeps of it. */
  readonly cached: CacheModel<Stored, Cached>;
  /** What the keys of users start with, as the server sees it, where a cache keeps users. */
  readonly userPrefix?: string | undefined;
  /** Whether a sign-in can end others. */
  readonly evicts: boolean;
  readonly incident: Observer["incident"];
  readonly named: (option: string) => string;
}

/** What a stream does for a store. */
export interface LiveSessions<Stored, Cached> {
  readonly cache: NearCache<Stored, Cached> | undefined;
  /** The same, with the cache told of what this process writes. */
  readonly execution: Execution;
  /** @param expiresAt When it ends, where the caller knows. */
  watch(storedId: string, watcher: SessionWatcher, expiresAt: number | undefined): () => void;
  watchUser(userId: string, watcher: UserWatcher): () => void;
  onEvent(listener: (event: SessionEvent) => void): () => void;
}
