import type { StoreClient } from "redis-keyspace";
import type { Prefixes } from "./keyspace.js";
import type { Users } from "./users.js";

/** What is remembered of a browser when it signs in. */
interface Browser {
  readonly userAgent: string;
  readonly address: string;
}

/** A signed-in browser, as its owner sees it. */
export interface Device extends Browser {
  /** Can sign the device out, but not sign in: safe in a page. */
  readonly handle: string;
  readonly current: boolean;
  readonly signedInAt: Date;
  readonly lastSeenAt: Date;
  readonly endsAt: Date;
}

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
  /** Where the Keyspace panel finds what the adapter keeps. */
  readonly prefixes: Prefixes;
  /** A `Set-Cookie` header that makes the browser forget its session. */
  readonly blankCookie: string;
}

export type OpenSessions = (client: StoreClient, users: Users) => Sessions;

/** A sixth sign-in ends the session that would have ended first. */
export const MAX_DEVICES = 5;

/** The adapter's options, the same for both majors. */
export const adapterOptions = {
  maxSessionsPerUser: MAX_DEVICES,
  // Redis holds SHA-256 of the ids, so a handle from a list cannot sign in.
  hashIds: true,
} as const;

const MINUTE_MS = 60_000;

export function isDue(lastSeenAt: Date): boolean {
  return Date.now() - lastSeenAt.getTime() >= MINUTE_MS;
}

export function byRecency(a: Device, b: Device): number {
  return Number(b.current) - Number(a.current) || b.lastSeenAt.getTime() - a.lastSeenAt.getTime();
}
