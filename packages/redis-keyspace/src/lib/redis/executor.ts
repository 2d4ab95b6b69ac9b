import { newOperationKey } from "../operation-keys.js";
import { platform } from "../runtime.js";
import type { Driver, RunnableScript, Script } from "./driver.js";
import { KeyspaceError, redisError } from "./errors.js";
import { ReadBatcher } from "./read-batcher.js";

/** How many keys one command names at most: clients pass them on as arguments of a function. */
const MAX_KEYS = 10_000;

/** Shorter arguments are numbers and names; taking those out of error messages would make them unreadable. */
const SECRET_LENGTH = 16;

/**
 * Runs commands and scripts on one driver, each with a time limit and typed errors. Reads of one turn are one command.
 */
export class Executor {
  readonly driver: Driver;
  /** How long a command may take. */
  readonly timeoutMs: number;
  readonly #reads: ReadBatcher | undefined;
  /** The scripts all of whose commands this user may use. */
  readonly #permitted = new WeakSet<Script>();

  /** @param timeoutMs Default: the client's own limit if it has one, else 5000. */
  constructor(driver: Driver, timeoutMs: number = ownTimeoutMs(driver)) {
    this.driver = driver;
    this.timeoutMs = timeoutMs;
    if (driver.coalesceReads) this.#reads = new ReadBatcher((keys) => this.#read(keys));
  }

  get(key: string): Promise<string | null> {
    return this.#reads?.get(key) ?? this.#limited(() => this.driver.get(key), [key]);
  }

  async getMany(keys: readonly string[]): Promise<(string | null)[]> {
    const values: (string | null)[] = [];
    for (let from = 0; from < keys.length; from += MAX_KEYS) {
      const some = keys.slice(from, from + MAX_KEYS);
      values.push(...(await this.#limited(() => this.driver.getMany(some), some)));
    }
    return values;
  }

  run<Keys, Args, Outcome>(
    script: RunnableScript<Keys, Args, Outcome>,
    keys: NoInfer<Keys>,
    args: NoInfer<Args>,
  ): Promise<Outcome> {
    const [keyList, argList] = [script.keysOf(keys), script.argsOf(args)];
    const sent = this.#prepare(script, keyList, argList);
    const outcome = this.#limited(
      () => this.driver.run(sent.script, sent.keys, sent.args),
      sent.keys,
      sent.args,
      (reply) => {
        if (sent.checking) this.#permitted.add(script);
        return script.answerOf(reply);
      },
    );
    if (script.checks) outcome.catch((error: unknown) => this.#askAgain(script, error));
    return outcome;
  }

  /** What is sent for a script: see `lua/variants.ts`. */
  #prepare<Keys, Args, Outcome>(
    script: RunnableScript<Keys, Args, Outcome>,
    keys: readonly string[],
    args: readonly string[],
  ): { script: Script; keys: readonly string[]; args: readonly string[]; checking: boolean } {
    const { repeats = false, keyPrefix } = this.driver;
    const checking = script.checks && !this.#permitted.has(script);
    const operation = repeats && script.remembers ? newOperationKey(keys[0] as string, keyPrefix) : null;
    if (operation === null) {
      return { script: checking ? script.variant({ remembering: false, checking }) : script, keys, args, checking };
    }
    return {
      script: script.variant({ remembering: true, checking }),
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
        return (await driver.membersWithValues?.(key, pattern)) ?? null;
      } catch (error) {
        // Unknown before Redis 7, and denied to users who may not read every key.
        if (error instanceof Error && /unknown command|denied|NOPERM/i.test(error.message)) return null;
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

  #read(keys: readonly string[]): Promise<(string | null)[]> {
    const [first] = keys;
    return this.#limited(
      keys.length === 1 && first !== undefined
        ? async () => [await this.driver.get(first)]
        : () => this.driver.getMany(keys),
      keys,
    );
  }

  #limited<Reply, Outcome = Reply>(
    send: () => Promise<Reply>,
    keys: readonly string[],
    args: readonly string[] = [],
    outcome?: (reply: Reply) => Outcome,
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const timer = platform.setTimeout(
        () => reject(new KeyspaceError("ERR_REDIS_TIMEOUT", `Redis did not answer within ${this.timeoutMs} ms`)),
        this.timeoutMs,
      );
      const fail = (error: unknown): void => {
        platform.clearTimeout(timer);
        reject(redisError(error, [...keys, ...args.filter((arg) => arg.length >= SECRET_LENGTH)]));
      };
      const succeed = (reply: Reply): void => {
        platform.clearTimeout(timer);
        try {
          resolve(outcome === undefined ? (reply as unknown as Outcome) : outcome(reply));
        } catch (error) {
          reject(error);
        }
      };
      try {
        send().then(succeed, fail);
      } catch (error) {
        fail(error);
      }
    });
  }
}

/** To a client, 0 and what is more than a timer can count mean "no limit". A session store needs one. */
function ownTimeoutMs({ timeoutMs = 5000 }: Driver): number {
  return timeoutMs > 0 && timeoutMs <= 600_000 ? timeoutMs : 5000;
}
