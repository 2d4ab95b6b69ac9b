import { sha1Hex } from "../hash.js";
import { promised } from "./replies.js";

/** The part of an `AbortSignal` that clients use. */
export interface Signal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
  /** Called by {@link runScript} when a script is sent as source. */
  readonly onSource?: (() => void) | undefined;
}

/**
 * What the store asks of a Redis client: translate, and nothing more. A driver connects to nothing, listens to nothing,
 * retries nothing and rejects with the client's own error; time limits, error codes and batching are the store's.
 *
 * A script that has not been sent within its time must not be sent later: it would sign somebody in, or end a session, of
 * whom the caller was told that it failed. So its `signal` is aborted when its time limit is over.
 *
 * Keys and values are strings and come back as they went in. A reply to a script is a string, a safe integer, `null` or
 * an array of these; RESP2 and RESP3 look the same.
 */
export interface Driver {
  /** For messages and metrics: `node-redis`, `ioredis`, `upstash`, `memory`. */
  readonly name: string;
  /** Whether keys in different hash slots cannot be used in one command. */
  readonly cluster: boolean;
  /** What the client itself puts in front of every key of a command (not of keys that a script makes up). */
  readonly keyPrefix: string;
  /** The client's own limit on a command, in milliseconds, if it has one. */
  readonly timeoutMs: number | undefined;
  /**
   * Whether the client may send a command again whose answer was lost. Then scripts remember for a while what they have
   * done, so that it is not done twice. Default: it never does.
   */
  readonly repeats?: boolean | undefined;
  /**
   * From how many scripts run in one turn of the event loop they are better sent as one, and how many bytes of keys and
   * arguments one command takes at most. Default: each is sent by itself.
   */
  readonly batches?: { readonly from: number; readonly maxBytes: number } | undefined;
  /** Whether reads made in one turn of the event loop are better sent as one `getMany`. */
  readonly coalesceReads: boolean;
  /** Reads one string. https://redis.io/docs/latest/commands/get/ */
  get(key: string): Promise<string | null>;
  /**
   * Reads many, in their order; `null` where there is no string, and an error for one that could not be read where the
   * others could. In a Cluster the keys are in any slots.
   */
  getMany(keys: readonly string[]): Promise<(string | null | Error)[]>;
  /** Runs a script; `keys` share a slot. See {@link runScript}. The signal is aborted when nobody waits any more. */
  run(script: Script, keys: readonly string[], args: readonly string[], signal?: Signal): Promise<unknown>;
  /**
   * `SORT_RO key BY nosort LIMIT 0 2000 GET # GET pattern`, if this client can: {@link MEMBERS_AT_ONCE} members at most,
   * and their values, in one command.
   * https://redis.io/docs/latest/commands/sort_ro/
   */
  readonly membersWithValues?: ((key: string, pattern: string) => Promise<(string | null)[]>) | undefined;
  /** Whether a command would be sent at once. Default: nobody knows. */
  readonly isReady?: (() => boolean) | undefined;
  /**
   * Sends a PING. While the client is not ready, or has not answered for the time limit, one PING is all that it gets to
   * keep, and the rest waits in the store, where it ends with its time limit. Default: everything is handed over at once.
   */
  readonly ping?: (() => Promise<unknown>) | undefined;
  /** All keys that match, a page at a time, on every master, with the client's own prefix. A key may come twice. */
  scan(pattern: string): AsyncIterable<readonly string[]>;
}

/** How many members of an index are read with their values in one command. */
export const MEMBERS_AT_ONCE = 2000;

export interface Script {
  /** For messages. */
  readonly name: string;
  readonly source: string;
  /** SHA-1 of the source, once {@link runScript} has needed it. */
  sha?: string;
}

/** Of what a script tells: of sessions that begin or end, or of all that it changes. */
export type Telling = "ends" | "all";

/** What stands around a script: see `lua/variants.ts`. */
export interface Variant {
  readonly remembering?: boolean;
  readonly checking?: boolean;
  readonly watching?: boolean;
  readonly telling?: Telling | undefined;
}

/** A script with a way to give it its keys and arguments and to read its answer. */
export interface RunnableScript<Keys, Args, Outcome> extends Script {
  /** Whether it would answer otherwise when it is carried out again. */
  readonly remembers: boolean;
  /** Whether a command that it may not use could leave half of its work done. */
  readonly checks: boolean;
  /** Whether its work is that of a few records, so that one command can run several. */
  readonly isShort: boolean;
  /** What it has to tell: `ends`, of sessions that begin or end; `all`, only of others that it changes. */
  readonly tells: Telling | undefined;
  /** Whether it makes keys up, so that a Cluster cannot tell whether they are there while their slot moves. */
  readonly makesKeysUp: boolean;
  variant(which: Variant): Script;
  keysOf(given: Keys): readonly string[];
  argsOf(given: Args): readonly string[];
  /** @throws for an answer that it cannot give. */
  answerOf(reply: unknown): Outcome;
}

/**
 * Runs a script by its hash, and by its source where the server does not know it (a new server, a failover,
 * `SCRIPT FLUSH`). https://redis.io/docs/latest/commands/evalsha/
 */
export function runScript(
  script: Script,
  byHash: (sha: string) => Promise<unknown>,
  bySource: (source: string) => Promise<unknown>,
  signal?: Signal,
): Promise<unknown> {
  const send = (sha: string): Promise<unknown> => {
    if (signal?.aborted === true) return Promise.reject(nobodyWaits());
    return promised(byHash(sha)).then(undefined, (error: unknown) => {
      if (!(error instanceof Error && /^(ERR )?NOSCRIPT\b/.test(error.message))) throw error;
      if (signal?.aborted === true) throw nobodyWaits();
      signal?.onSource?.();
      return bySource(script.source);
    });
  };
  if (script.sha !== undefined) return send(script.sha);
  return sha1Hex(script.source).then((sha) => {
    script.sha = sha;
    return send(sha);
  });
}

function nobodyWaits(): Error {
  return new Error("nobody waits any more");
}
