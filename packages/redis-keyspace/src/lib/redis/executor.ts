import { platform } from "../runtime.js";
import type { Driver, RunnableScript } from "./driver.js";
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
    return this.#limited(
      () => this.driver.run(script, keyList, argList),
      keyList,
      argList,
      (reply) => script.answerOf(reply),
    );
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
