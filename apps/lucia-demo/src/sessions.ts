import { type Browser, type Device, MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import type { Prefixes } from "@redis-keyspace/demo-kit/keyspace";
import type { Users } from "@redis-keyspace/demo-kit/users";
import type { SessionStream, SessionWatcher, StoreClient } from "redis-keyspace";
import { instrument } from "redis-keyspace/opentelemetry";

/** A request that carries a live session. */
export interface Visit {
  readonly userId: string;
  /** The secret of the cookie: never for a page or a log. */
  readonly sessionId: string;
  readonly lastSeenAt: Date;
  /** A `Set-Cookie` header to answer with, when the session was renewed. */
  readonly renewedCookie: string | null;
}

/**
 * What the demo asks of Lucia. `sessions-v2.ts` and `sessions-v3.ts` answer it, each with one major. Every method rejects
 * with a `KeyspaceError` when Redis cannot tell: that is never "signed out".
 */
export interface Sessions {
  /** Signs a user in and returns the `Set-Cookie` header. */
  start(userId: string, browser: Browser): Promise<string>;
  /** Whose cookie this is; `null` if it belongs to no live session. */
  visit(cookieHeader: string): Promise<Visit | null>;
  hasCookie(cookieHeader: string): boolean;
  /**
   * Notes that the device was seen: one write a minute at most.
   *
   * @returns A `Set-Cookie` header if the session lives longer now.
   */
  seen(visit: Visit): Promise<string | null>;
  count(userId: string): Promise<number>;
  /** This device first, then the most recently seen. */
  list(visit: Visit): Promise<Device[]>;
  /** Signs out one of the visitor's devices; `false` if it is no longer signed in. */
  revoke(visit: Visit, handle: string): Promise<boolean>;
  end(visit: Visit): Promise<void>;
  /** Signs out all devices but this one and returns how many there were. */
  endOthers(visit: Visit): Promise<number>;
  endAll(visit: Visit): Promise<void>;
  /** Tells when this session ends, wherever that is done. Needs a stream. */
  watch(visit: Visit, watcher: SessionWatcher): () => void;
  /** Where the Keyspace panel finds what the adapter keeps. */
  readonly prefixes: Prefixes;
  /** A `Set-Cookie` header that makes the browser forget its session. */
  readonly blankCookie: string;
}

export type OpenSessions = (client: StoreClient, users: Users, stream?: SessionStream) => Sessions;

/** The adapter's options, the same for both majors. */
export const adapterOptions = {
  maxSessionsPerUser: MAX_DEVICES,
  // Redis holds SHA-256 of the ids, so a handle from a list cannot sign in.
  hashIds: true,
  observe: instrument(),
} as const;
