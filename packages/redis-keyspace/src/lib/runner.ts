import type { Driver, Script } from "./driver.js";
import { KeyspaceError, redisError } from "./errors.js";
import { microtasksOnly, platform } from "./runtime.js";
import { type ScriptName, scripts } from "./scripts.js";

/** Reads of one turn go out together, this many at most. */
const MAX_BATCH = 256;

/** One command names this many keys at most: clients hand them on as arguments of a function. */
const MAX_KEYS = 10_000;

/** Shorter arguments are numbers and names; taking those out of error messages would make them unreadable. */
const SECRET_LENGTH = 16;

interface Read {
  readonly key: string;
  readonly resolve: (value: string | null) => void;
  readonly reject: (error: KeyspaceError) => void;
}

/**
 * A driver with a limit on every command and typed errors. Reads made in one turn of the event loop are sent as one
 * MGET: under load that is several times cheaper than a GET each, and a read by itself is still a plain GET.
 */
export class Runner {
  readonly driver: Driver;
  readonly #timeoutMs: number;
  #reads: Read[] = [];
  #batches = 0;

  /** @param timeoutMs Default: the client's own limit if it has one, else 5000. */
  constructor(driver: Driver, timeoutMs: number = ownTimeoutMs(driver)) {
    this.driver = driver;
    this.#timeoutMs = timeoutMs;
  }

  get(key: string): Promise<string | null> {
    if (!this.driver.coalesceReads) return this.#limited(() => this.driver.get(key), [key]);
    return new Promise((resolve, reject) => {
      this.#reads.push({ key, resolve, reject });
      if (this.#reads.length === 1) (this.#batches === 0 ? soon : endOfTurn)(() => this.#flush());
      else if (this.#reads.length === MAX_BATCH) this.#flush();
    });
  }

  async getMany(keys: readonly string[]): Promise<(string | null)[]> {
    const values: (string | null)[] = [];
    for (let from = 0; from < keys.length; from += MAX_KEYS) {
      const some = keys.slice(from, from + MAX_KEYS);
      values.push(...(await this.#limited(() => this.driver.getMany(some), some)));
    }
    return values;
  }

  run(script: ScriptName | Script, keys: readonly string[], args: readonly string[] = []): Promise<unknown> {
    const known = typeof script === "string" ? scripts[script] : script;
    return this.#limited(() => this.driver.run(known, keys, args), keys, args);
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

  #flush(): void {
    const reads = this.#reads;
    if (reads.length === 0) return;
    this.#reads = [];
    const keys = reads.map((read) => read.key);
    this.#batches++;
    const values = this.#limited(
      keys.length === 1 ? async () => [await this.driver.get(keys[0] as string)] : () => this.driver.getMany(keys),
      keys,
    );
    values.then(
      (found) => {
        this.#batches--;
        for (const [i, read] of reads.entries()) read.resolve(found[i] ?? null);
      },
      (error) => {
        this.#batches--;
        for (const read of reads) read.reject(error);
      },
    );
  }

  #limited<Reply>(send: () => Promise<Reply>, keys: readonly string[], args: readonly string[] = []): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const timer = platform.setTimeout(
        () => reject(new KeyspaceError("ERR_REDIS_TIMEOUT", `Redis did not answer within ${this.#timeoutMs} ms`)),
        this.#timeoutMs,
      );
      const fail = (error: unknown): void => {
        platform.clearTimeout(timer);
        reject(redisError(error, [...keys, ...args.filter((arg) => arg.length >= SECRET_LENGTH)]));
      };
      try {
        send().then((reply) => {
          platform.clearTimeout(timer);
          resolve(reply);
        }, fail);
      } catch (error) {
        fail(error);
      }
    });
  }
}

/** A client's "no limit" is 0 or more than a timer can count, and neither is one for a session store. */
function ownTimeoutMs({ timeoutMs = 5000 }: Driver): number {
  return timeoutMs > 0 && timeoutMs <= 600_000 ? timeoutMs : 5000;
}

/** After everything that the sockets delivered this turn has run; at the end of the microtasks where that is unknown. */
const endOfTurn: (callback: () => void) => void = microtasksOnly
  ? (callback) => platform.queueMicrotask(() => platform.queueMicrotask(callback))
  : (callback) => {
      platform.setImmediate?.(callback);
    };

/** After the microtasks of now. A read that nobody is waiting beside does not wait for the sockets. */
const soon: (callback: () => void) => void =
  microtasksOnly || platform.process?.nextTick === undefined
    ? endOfTurn
    : (callback) => platform.process?.nextTick?.(callback);
