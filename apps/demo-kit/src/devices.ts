/** What is remembered of a browser when it signs in. */
export interface Browser {
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

/** A sixth sign-in ends the session that would have ended first. */
export const MAX_DEVICES = 5;

const MINUTE_MS = 60_000;

/** Whether a visit is to be noted: one write a minute at most. */
export function isDue(lastSeenAt: Date): boolean {
  return Date.now() - lastSeenAt.getTime() >= MINUTE_MS;
}

/** This device first, then the most recently seen. */
export function byRecency(a: Device, b: Device): number {
  return Number(b.current) - Number(a.current) || b.lastSeenAt.getTime() - a.lastSeenAt.getTime();
}

/** The browser of a request. What a header says is as long as its sender likes, so it is cut. */
export function browserOf(userAgent: string | null | undefined, address: string | null | undefined): Browser {
  return { userAgent: (userAgent ?? "").slice(0, 300), address: address ?? "unknown" };
}
