import type { Finding } from "./finding.js";

/** What was looked at, and what is wrong. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** Keys of this application's sessions, of its users' lists, and all keys that were passed. */
  readonly sessions: number;
  readonly users: number;
  readonly keys: number;
  readonly tookMs: number;
  /** What one of a hundred PINGs beside it took at least, in milliseconds: what others had to wait. */
  readonly p99Ms: number;
  /** Whether all keys were looked at: `false` after a Ctrl-C. */
  readonly isComplete: boolean;
}

/** How far it is. */
export interface Progress {
  /** Keys passed so far. */
  readonly keys: number;
  /** About how many there are. */
  readonly total: number;
}
