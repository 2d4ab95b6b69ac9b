import type { UserSessions } from "../adapter/user-sessions.js";
import type { StoreClient } from "../executions/choose.js";
import type { CacheOptions, SessionStream } from "../live/session-stream.js";
import type { Driver } from "../redis/driver.js";
import type { RawKeyspace } from "./target.js";

/** What the kit asks an adapter for, besides a client. */
export interface AdapterOptions {
  /** Every key of the adapter has to start so, or with what the adapter always puts in front of that. */
  readonly prefix: string;
  readonly maxSessionsPerUser?: number | undefined;
  readonly whenFull?: "evict-oldest" | "reject" | undefined;
  readonly hashIds?: boolean | undefined;
  readonly commandTimeoutMs?: number | undefined;
  readonly stream?: SessionStream | undefined;
  readonly cache?: CacheOptions | undefined;
}

/**
 * An adapter as its framework uses it. A method rejects as the adapter does; where the adapter answers an outage in another
 * way, with the `KeyspaceError` that it tells of.
 */
export interface AdapterUnderTest {
  /** Signs a user in, with this data, and answers the token that the visitor's cookie holds. */
  signIn(userId: string, n: number): Promise<string>;
  /** Whose session it is and what it holds; `null` for nobody's. */
  read(token: string): Promise<{ readonly userId: string; readonly n: number } | null>;
  /** Writes other data into the session, as a request does that came with this token. What is gone is left so. */
  change?(token: string, n: number): Promise<unknown>;
  /** Moves the session's end, as a request does that came with this token. */
  touch(token: string): Promise<unknown>;
  signOut(token: string): Promise<unknown>;
  /** The devices of a user. `current` and `except` are tokens. */
  readonly sessions: UserSessions<unknown>;
  /** What the keys of sessions and of the indexes of them start with. */
  readonly prefixes: readonly string[];
}

/** An adapter that is to be held to the promises. */
export interface AdapterTarget {
  /** Stands in front of each test's name. */
  readonly name: string;
  /** The client or driver, connected. */
  readonly client: StoreClient;
  /** A look behind the adapter, at the same keys, through a connection of its own. */
  readonly raw: RawKeyspace;
  /** Put in front of every prefix: a hash tag like `{app}`, where keys are to share a slot. Default: nothing. */
  readonly tag?: string | undefined;
  /** Hears through a client of its own of the same kind: then watches and the cache are tested too. Default: they are not. */
  readonly stream?: SessionStream | undefined;
  /** Whether the adapter takes a `cache`. Default: true. */
  readonly caches?: boolean | undefined;
  open(client: StoreClient, options: AdapterOptions): AdapterUnderTest | Promise<AdapterUnderTest>;
}

/** What one test of an adapter works with. */
interface AdapterContext {
  readonly raw: RawKeyspace;
  /** The adapter on this test's keys; over another client if one is given. */
  open(options?: Omit<AdapterOptions, "prefix">, client?: StoreClient): Promise<AdapterUnderTest>;
  /** The target's client behind a wrapper for each driver. */
  wrapped(wrap: (driver: Driver) => Driver): StoreClient;
}

export type AdapterTest = (name: string, body: (context: AdapterContext) => Promise<void>) => void;
