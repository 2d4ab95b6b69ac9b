import { counted } from "../../words.js";
import type { Severity } from "../finding.js";

/** What one kind of fault is called, and what to do about it. */
export interface Kind {
  readonly severity: Severity;
  /**
   * @param details What was found, a few of it: prefixes, names.
   * @param largest The largest number, where there are numbers.
   */
  what(count: number, details: readonly string[], largest: number): string;
  readonly advice: string;
  /** Whether `doctor --fix` mends it. */
  readonly fixable?: true;
}

const mended = "redis-keyspace doctor --fix";

export type FaultKind =
  | "wrong-type"
  | "overlapping-prefixes"
  | "unlisted-session"
  | "unfinished-sign-out"
  | "index-ends-early"
  | "session-without-ttl"
  | "session-without-end"
  | "index-without-ttl"
  | "value-without-ttl"
  | "entry-without-session"
  | "unreadable-session"
  | "other-id-form"
  | "many-sessions"
  | "ttl-beyond-deadline"
  | "costly-encoding"
  | "legacy-sets"
  | "keys-of-another-preset";

/** What can be wrong with keys. */
export const faultKinds: Readonly<Record<FaultKind, Kind>> = {
  "wrong-type": {
    severity: "error",
    what: (count) =>
      `${counted(count, "key has", "keys have")} another type than the stores use: operations on them fail with ERR_REDIS_WRONG_TYPE`,
    advice: "Another program writes there. Look with TYPE, then RENAME or UNLINK them",
  },
  "overlapping-prefixes": {
    severity: "error",
    what: (count, details) =>
      `${counted(count, "key looks", "keys look")} like another store's, whose prefix begins with one of these: ${details.join(", ")}`,
    advice:
      "No prefix may be the beginning of another in one database: give one of the stores another prefix. --fix leaves these alone",
  },
  "unlisted-session": {
    severity: "error",
    what: (count) =>
      `${counted(count, "live session is", "live sessions are")} in no list: a sign-out everywhere does not end ${count === 1 ? "it" : "them"}`,
    advice: `${mended} lists them again; so does their next touch`,
    fixable: true,
  },
  "unfinished-sign-out": {
    severity: "error",
    what: (count) => `${counted(count, "session")} can still be used after a sign-out everywhere whose process died`,
    advice: `${mended} ends them; so does the next sign-in or list of that user`,
    fixable: true,
  },
  "index-ends-early": {
    severity: "error",
    what: (count) => `${counted(count, "list ends", "lists end")} before the last session in it`,
    advice: `${mended} gives each the TTL that it needs`,
    fixable: true,
  },
  "session-without-ttl": {
    severity: "warning",
    what: (count) =>
      `${counted(count, "session has", "sessions have")} a deadline and no TTL: Redis keeps ${count === 1 ? "it" : "them"} for ever`,
    advice: `${mended} gives each its TTL, and removes those that have ended`,
    fixable: true,
  },
  "session-without-end": {
    severity: "warning",
    what: (count) =>
      `${counted(count, "session has", "sessions have")} neither a TTL nor a deadline: nothing ends ${count === 1 ? "it" : "them"}`,
    advice: "Each gets a TTL with its next use. What nobody uses any more stays: revoke it, or UNLINK it",
  },
  "index-without-ttl": {
    severity: "warning",
    what: (count) => `${counted(count, "list of a user's sessions has", "lists of users' sessions have")} no TTL`,
    advice: `${mended} lets each end with its last session`,
    fixable: true,
  },
  "value-without-ttl": {
    severity: "warning",
    what: (count, details) => `${counted(count, "key has", "keys have")} no TTL and should: ${details.join(", ")}`,
    advice: `${mended} gives a TTL to those that name their end; the others are left`,
    fixable: true,
  },
  "entry-without-session": {
    severity: "warning",
    what: (count) =>
      `${counted(count, "entry of a list has", "entries of lists have")} no session: evicted, or removed by another program`,
    advice: `${mended} removes them; else each leaves at its session's deadline`,
    fixable: true,
  },
  "unreadable-session": {
    severity: "warning",
    what: (count, details) =>
      `${counted(count, "key under the prefix of sessions holds", "keys under the prefix of sessions hold")} no session that the application can read${details.length === 0 ? "" : `, but of ${details.join(", ")}`}`,
    advice:
      "Are --preset, --hash-ids and --secrets as in the application? If so, these people are signed out; the keys end by themselves",
  },
  "other-id-form": {
    severity: "warning",
    what: (count, details) =>
      `${counted(count, "session is", "sessions are")} stored under ${details.join(" and ")}, which the application does not read`,
    advice: "hashIds was turned on or off: redis-keyspace migrate moves them; else they end by themselves",
  },
  "many-sessions": {
    severity: "warning",
    what: (count, _, largest) =>
      `${counted(count, "user has", "users have")} more than 1,000 sessions, at most ${largest.toLocaleString("en")}: everybody waits while Redis lists or ends them`,
    advice: "Cap with maxSessionsPerUser. redis-keyspace list shows whose they are",
  },
  "ttl-beyond-deadline": {
    severity: "note",
    what: (count) => `${counted(count, "key lives", "keys live")} on after the session in it has ended`,
    advice: `${mended} gives each the TTL of its deadline; so does the next write`,
    fixable: true,
  },
  "costly-encoding": {
    severity: "note",
    what: (count) =>
      `${counted(count, "short list is", "short lists are")} kept in the form of long ones, which takes several times the memory`,
    advice: `${mended} writes each anew, in one step`,
    fixable: true,
  },
  "legacy-sets": {
    severity: "note",
    what: (count) => `${counted(count, "set")} of session ids for processes with the package that was replaced`,
    advice:
      "When the last of them has been gone for a session's lifetime: legacyIndex: false, and UNLINK the sets that have no TTL",
  },
  "keys-of-another-preset": {
    severity: "note",
    what: (count, details) => `${counted(count, "key")} of another layout in this database: ${details.join(", ")}`,
    advice: "Look at them with that --preset; redis-keyspace migrate moves those of an older version",
  },
};
