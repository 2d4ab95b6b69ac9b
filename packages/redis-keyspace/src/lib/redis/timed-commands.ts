import { platform } from "../runtime.js";
import { afterArrivals } from "../turns.js";
import { CommandSignal } from "./command-signal.js";
import type { Driver } from "./driver.js";
import { isKeysRefused, isOneNodeOnly, KeyspaceError, redisError } from "./errors.js";
import { Opening } from "./opening.js";
import { promised } from "./replies.js";
import { TimeLimits } from "./time-limits.js";
import { untraced } from "./tracers.js";

/** Shorter arguments are numbers and names; taking those out of error messages would make them unreadable. */
const SECRET_LENGTH = 16;

/**
 * A client that knows one node of a Cluster finds some keys and is sent elsewhere for the others. For so long nothing is
 * answered then, not even what it finds or misses; a node that is a replica for a moment is asked again.
 */
const ONE_NODE_MS = 5_000;

export interface CommandOptions {
  /** Default: the client's own limit if it has one, else 5000. */
  readonly timeoutMs?: number | undefined;
  /** What to do where the server refuses keys, for the message of `ERR_REDIS_KEYS`. */
  readonly keysAdvice?: string | undefined;
}

/** Gives commands to one driver, each with a time limit and typed errors, where no tracer sees them. */
export class TimedCommands {
  readonly driver: Driver;
  /** How long a command may take. */
  readonly timeoutMs: number;
  readonly #keysAdvice: string | undefined;
  readonly #opening: Opening;
  readonly #limits: TimeLimits;
  #oneKeyEach: boolean;
  #oneNodeOnly: { readonly error: KeyspaceError; readonly until: number } | undefined;

  constructor(driver: Driver, { timeoutMs = ownTimeoutMs(driver), keysAdvice }: CommandOptions) {
    this.driver = driver;
    this.timeoutMs = timeoutMs;
    this.#keysAdvice = keysAdvice;
    this.#oneKeyEach = driver.cluster;
    this.#limits = new TimeLimits(timeoutMs);
    this.#opening = new Opening(driver, timeoutMs, (error) => saidByServer.has(codeOf(this.errorOf(error, []))));
  }

  /** Whether each command is for one key: on a Cluster, and on a server that has refused keys of several slots. */
  get oneKeyEach(): boolean {
    return this.#oneKeyEach;
  }

  timeoutError(): KeyspaceError {
    return new KeyspaceError("ERR_REDIS_TIMEOUT", `Redis did not answer within ${this.timeoutMs} ms`);
  }

  errorOf(error: unknown, keys: readonly string[], args: readonly string[] = []): Error {
    const secrets = [...keys, ...args.filter((arg) => arg.length >= SECRET_LENGTH)];
    const known = redisError(error, secrets, { cluster: this.driver.cluster, keysAdvice: this.#keysAdvice });
    if (isKeysRefused(known)) this.#oneKeyEach = true;
    if (isOneNodeOnly(known)) this.#oneNodeOnly = { error: known, until: platform.performance.now() + ONE_NODE_MS };
    return known;
  }

  /**
   * @param send Is told when nobody waits any more.
   * @param outcome Reads the reply.
   * @param failed Is told of an error that the server or the client answered.
   */
  send<Reply, Outcome = Reply>(
    send: (signal: CommandSignal) => Promise<Reply>,
    keys: readonly string[],
    args: readonly string[] = [],
    outcome?: (reply: Reply) => Outcome,
    failed?: (error: Error) => void,
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
          reject(this.timeoutError());
          this.#opening.stalled = true;
          signal.abort();
        });
      });
      const fail = (error: unknown): void => {
        answered = true;
        limit.end();
        const known = this.errorOf(error, keys, args);
        failed?.(known);
        reject(known);
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

/** To a client, 0 and what is more than a timer can count mean "no limit". A session store needs one. */
function ownTimeoutMs({ timeoutMs = 5000 }: Driver): number {
  return timeoutMs > 0 && timeoutMs <= 600_000 ? timeoutMs : 5000;
}
