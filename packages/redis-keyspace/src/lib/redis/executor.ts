import type { Call } from "../lua/batch.js";
import type { Observer } from "../observe.js";
import { newOperationKey } from "../operation-keys.js";
import { platform, timers } from "../runtime.js";
import { CommandSignal } from "./command-signal.js";
import type { Driver, RunnableScript, Script } from "./driver.js";
import { isKeysRefused, isOneNodeOnly, KeyspaceError, redisError } from "./errors.js";
import { Opening } from "./opening.js";
import { ReadBatcher } from "./read-batcher.js";
import { checkedReply, checkedText, checkedTexts, checkedTextsOrErrors, promised } from "./replies.js";
import { TimeLimits } from "./time-limits.js";
import { untraced } from "./tracers.js";
import { WriteBatcher } from "./write-batcher.js";

/** How many keys or members one command names at most: some servers take no more than 3,999 arguments. */
const MAX_ARGUMENTS = 3_900;

/** Shorter arguments are numbers and names; taking those out of error messages would make them unreadable. */
const SECRET_LENGTH = 16;

/**
 * A client that knows one node of a Cluster finds some keys and is sent elsewhere for the others. For so long nothing is
 * answered then, not even what it finds or misses; a node that is a replica for a moment is asked again.
 */
const ONE_NODE_MS = 5_000;

export interface ExecutorOptions {
  /** Default: the client's own limit if it has one, else 5000. */
  readonly timeoutMs?: number | undefined;
  /** What to do where the server refuses keys, for the message of `ERR_REDIS_KEYS`. */
  readonly keysAdvice?: string | undefined;
  /** Is told of what happens under way. */
  readonly incident?: Observer["incident"];
}

/**
 * Runs commands and scripts on one driver, each with a time limit and typed errors. Reads of one turn are one command.
 */
export class Executor {
  readonly driver: Driver;
  /** How long a command may take. */
  readonly timeoutMs: number;
  readonly incident: Observer["incident"];
  readonly #reads: ReadBatcher | undefined;
  readonly #writes: WriteBatcher | undefined;
  /** The scripts all of whose commands this user may use. */
  readonly #permitted = new WeakSet<Script>();
  readonly #keysAdvice: string | undefined;
  readonly #opening: Opening;
  readonly #limits: TimeLimits;
  #oneKeyEach: boolean;
  #oneNodeOnly: { readonly error: KeyspaceError; readonly until: number } | undefined;

  constructor(driver: Driver, { timeoutMs = ownTimeoutMs(driver), keysAdvice, incident }: ExecutorOptions = {}) {
    this.driver = driver;
    this.timeoutMs = timeoutMs;
    this.incident = incident;
    this.#keysAdvice = keysAdvice;
    this.#oneKeyEach = driver.cluster;
    this.#limits = new TimeLimits(timeoutMs);
    this.#opening = new Opening(driver, timeoutMs, (error) => saidByServer.has(codeOf(this.#errorOf(error, []))));
    const { batches } = driver;
    if (batches !== undefined) {
      const errorOf = (error: unknown, secrets: readonly string[]): Error => this.#errorOf(error, secrets);
      this.#writes = new WriteBatcher(driver, {
        batches,
        keysApart: () => this.#oneKeyEach,
        errorOf,
      });
    }
    if (driver.coalesceReads) this.#reads = new ReadBatcher((keys) => this.#readTogether(keys));
  }

  /** Whether each command is for one key: on a Cluster, and on a server that has refused keys of several slots. */
  get oneKeyEach(): boolean {
    return this.#oneKeyEach;
  }

  get(key: string): Promise<string | null> {
    if (this.#reads !== undefined && this.#oneKeyEach === this.driver.cluster) return this.#reads.get(key);
    return this.#get(key);
  }

  async getMany(keys: readonly string[]): Promise<(string | null)[]> {
    const values: (string | null)[] = [];
    for (let from = 0; from < keys.length; from += MAX_ARGUMENTS) {
      for (const value of await this.#read(keys.slice(from, from + MAX_ARGUMENTS))) {
        if (value instanceof Error) throw value;
        values.push(value);
      }
    }
    return values;
  }

  /** @param options `together`: whether a short script may go out with others. Default: true. */
  run<Keys, Args, Outcome>(
    script: RunnableScript<Keys, Args, Outcome>,
    keys: NoInfer<Keys>,
    args: NoInfer<Args>,
    { together = true }: { readonly together?: boolean } = {},
  ): Promise<Outcome> {
    const [keyList, argList] = [script.keysOf(keys), script.argsOf(args)];
    const sent = this.#prepare(script, keyList, argList);
    const outcome = this.#limited(
      (signal) => {
        const { incident } = this;
        if (incident !== undefined) signal.onSource = () => incident({ kind: "script-load", script: script.name });
        return this.#send(sent, script.isShort && together, signal);
      },
      sent.keys,
      sent.args,
      (reply) => {
        if (sent.checking) this.#permitted.add(script);
        return script.answerOf(checkedReply(reply));
      },
    );
    if (script.checks) outcome.catch((error: unknown) => this.#askAgain(script, error));
    return outcome;
  }

  /** In the order of the calls. */
  #send(sent: Call, isShort: boolean, signal: CommandSignal): Promise<unknown> {
    if (isShort && this.#writes !== undefined) return this.#writes.run(sent, signal);
    this.#writes?.flush();
    return this.driver.run(sent.script, sent.keys, sent.args, signal);
  }

  /** What is sent for a script: see `lua/variants.ts`. */
  #prepare<Keys, Args, Outcome>(
    script: RunnableScript<Keys, Args, Outcome>,
    keys: readonly string[],
    args: readonly string[],
  ): { script: Script; keys: readonly string[]; args: readonly string[]; checking: boolean } {
    const { repeats = false, keyPrefix, cluster } = this.driver;
    const watching = cluster && script.makesKeysUp;
    const checking = script.checks && !this.#permitted.has(script);
    const operation = repeats && script.remembers ? newOperationKey(keys[0] as string, keyPrefix) : null;
    if (operation === null) {
      const plain = !checking && !watching;
      return { script: plain ? script : script.variant({ checking, watching }), keys, args, checking };
    }
    return {
      script: script.variant({ remembering: true, checking, watching }),
      keys: [...keys, operation],
      // Nobody waits for an answer longer than the limit, nor does a client repeat what nobody waits for much later.
      args: [...args, String(2 * this.timeoutMs)],
      checking,
    };
  }

  /** Somebody has changed what this user may do. */
  #askAgain(script: Script, error: unknown): void {
    if (error instanceof KeyspaceError && error.code === "ERR_REDIS_DENIED") this.#permitted.delete(script);
  }

  /** `null`: this server or client cannot. */
  membersWithValues(key: string, pattern: string): Promise<(string | null)[] | null> {
    const { driver } = this;
    if (driver.membersWithValues === undefined) return Promise.resolve(null);
    return this.#limited(async () => {
      try {
        this.#writes?.flush();
        return checkedTexts(await driver.membersWithValues?.(key, pattern));
      } catch (error) {
        if (error instanceof Error && cannotSort.test(error.message)) return null;
        throw error;
      }
    }, [key]);
  }

  async *scan(pattern: string): AsyncIterable<readonly string[]> {
    const pages = this.driver.scan(pattern)[Symbol.asyncIterator]();
    for (;;) {
      const page = await this.#limited(() => pages.next(), []);
      if (page.done === true) return;
      yield page.value;
    }
  }

  #get(key: string): Promise<string | null> {
    return this.#limited(
      () => {
        this.#writes?.flush();
        return this.driver.get(key);
      },
      [key],
      [],
      checkedText,
    );
  }

  #readTogether(keys: readonly string[]): Promise<readonly (string | null | Error)[]> {
    if (keys.length > 1) this.incident?.({ kind: "batch", reads: keys.length });
    return this.#read(keys);
  }

  async #read(keys: readonly string[]): Promise<readonly (string | null | Error)[]> {
    const [first] = keys;
    if (first === undefined) return [];
    if (keys.length === 1) return [await this.#get(first)];
    if (!this.#oneKeyEach || this.driver.cluster) {
      try {
        return await this.#limited(
          () => {
            this.#writes?.flush();
            return this.driver.getMany(keys);
          },
          keys,
          [],
          (reply) => checkedTextsOrErrors(reply, keys.length, (error) => this.#errorOf(error, keys)),
        );
      } catch (error) {
        if (!isKeysRefused(error)) throw error;
      }
    }
    return await Promise.all(keys.map((key) => this.#get(key).catch((error: Error) => error)));
  }

  #errorOf(error: unknown, secrets: readonly string[]): Error {
    const known = redisError(error, secrets, { cluster: this.driver.cluster, keysAdvice: this.#keysAdvice });
    if (isKeysRefused(known)) this.#oneKeyEach = true;
    if (isOneNodeOnly(known)) this.#oneNodeOnly = { error: known, until: platform.performance.now() + ONE_NODE_MS };
    return known;
  }

  /** @param send Is told when nobody waits any more. */
  #limited<Reply, Outcome = Reply>(
    send: (signal: CommandSignal) => Promise<Reply>,
    keys: readonly string[],
    args: readonly string[] = [],
    outcome?: (reply: Reply) => Outcome,
  ): Promise<Outcome> {
    if (this.#oneNodeOnly !== undefined && platform.performance.now() < this.#oneNodeOnly.until) {
      return Promise.reject(this.#oneNodeOnly.error);
    }
    return new Promise((resolve, reject) => {
      const signal = new CommandSignal();
      let answered = false;
      const limit = this.#limits.begin(() => {
        afterArrivals(() => {
          if (answered) return;
          reject(new KeyspaceError("ERR_REDIS_TIMEOUT", `Redis did not answer within ${this.timeoutMs} ms`));
          this.#opening.stalled = true;
          signal.abort();
        });
      });
      const fail = (error: unknown): void => {
        answered = true;
        limit.end();
        reject(this.#errorOf(error, [...keys, ...args.filter((arg) => arg.length >= SECRET_LENGTH)]));
      };
      const succeed = (reply: Reply): void => {
        answered = true;
        limit.end();
        this.#opening.stalled = false;
        try {
          resolve(outcome === undefined ? (reply as unknown as Outcome) : outcome(reply));
        } catch (error) {
          reject(error);
        }
      };
      try {
        const opening = this.#opening.wait();
        const sent =
          opening === undefined
            ? untraced(() => send(signal))
            : opening.then(() => untraced(() => sendUnlessAborted(send, signal)));
        promised(sent).then(succeed, fail);
      } catch (error) {
        fail(error);
      }
    });
  }
}

/** The codes of errors that the server itself gives to a PING. */
const saidByServer: ReadonlySet<string | undefined> = new Set(["ERR_REDIS_DENIED", "ERR_REDIS_REPLY"]);

function codeOf(error: Error): string | undefined {
  return error instanceof KeyspaceError ? error.code : undefined;
}

function sendUnlessAborted<Reply>(
  send: (signal: CommandSignal) => Promise<Reply>,
  signal: CommandSignal,
): Promise<Reply> {
  return signal.aborted ? Promise.reject(new Error("nobody waits any more")) : send(signal);
}

/** Unknown before Redis 7, a syntax error on Dragonfly, and denied to users who may not read every key. */
const cannotSort = /unknown command|syntax error|denied|NOPERM|permission/i;

/**
 * Where the event loop was blocked, answers lie in the sockets when a timer fires: they are read first, which takes more
 * than one turn for those of `fetch`.
 */
function afterArrivals(callback: () => void): void {
  const { setImmediate = (next: () => void) => timers.setTimeout(next, 0) } = timers;
  setImmediate(() => timers.setTimeout(() => setImmediate(() => setImmediate(callback)), 1));
}

/** To a client, 0 and what is more than a timer can count mean "no limit". A session store needs one. */
function ownTimeoutMs({ timeoutMs = 5000 }: Driver): number {
  return timeoutMs > 0 && timeoutMs <= 600_000 ? timeoutMs : 5000;
}
