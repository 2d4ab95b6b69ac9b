import type { StoreClient } from "../executions/choose.js";
import type { ValueCodec } from "../records/codec.js";
import type { SessionStore, SessionStoreOptions } from "../sessions.js";

/** What the kit's sessions hold. */
export interface KitData {
  readonly n: number;
  readonly text?: string;
}

/** What is to be proved: a driver, a client on a topology, or an adapter. */
export interface ConformanceTarget {
  /** Stands in front of each test's name. */
  readonly name: string;
  /** The client or driver, connected. */
  readonly client: StoreClient;
  /** A look behind the store, at the same keys, through a connection of its own. */
  readonly raw: RawKeyspace;
  /** Put in front of every prefix: a hash tag like `{app}`, where keys are to share a slot. Default: nothing. */
  readonly tag?: string | undefined;
  /** Whether the keys end by this process's own clock, as in memory. Default: false. */
  readonly sharesClock?: boolean | undefined;
  /** Seals every record of the kit. Default: none, but for the tests of codecs. */
  readonly codec?: ValueCodec | undefined;
  /** For an adapter: makes a store out of it. Default: `createSessionStore`. */
  readonly createStore?: (client: StoreClient, options: SessionStoreOptions<KitData>) => SessionStore<KitData>;
}

/** The plain commands that the kit checks with. */
export interface RawKeyspace {
  /** All keys that start so. */
  keys(prefix: string): Promise<string[]>;
  get(key: string): Promise<string | null>;
  /** Writes a string; without `ttlMs` it does not expire. */
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  /** Adds to a set without a TTL, as a legacy package does. */
  addToSet(key: string, member: string): Promise<void>;
  /** Members of a set, or `[]`. */
  members(key: string): Promise<string[]>;
  /** Members of a sorted set with their scores, or `[]`. */
  scores(key: string): Promise<[member: string, score: number][]>;
  /** Milliseconds left; -1 for a key that does not expire, -2 for none. */
  ttl(key: string): Promise<number>;
}

/** Registers one test. `test` and `it` of every runner fit. */
export type RegisterTest = (name: string, body: () => Promise<void>) => void;
