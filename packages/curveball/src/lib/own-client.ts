import { createClient, type RedisClientOptions } from "redis";
import { KeyspaceError } from "redis-keyspace";
import { type Driver, nodeRedisDriver } from "redis-keyspace/driver";

/** The longest pause between two attempts to connect, in milliseconds. */
const MAX_PAUSE_MS = 2000;

/** The options of node-redis's `createClient`, and those of its third version that say where Redis is. */
export interface ClientOptions extends RedisClientOptions {
  /** Default: `127.0.0.1`. The same as `socket.host`. */
  readonly host?: string | undefined;
  /** Default: 6379. The same as `socket.port`. */
  readonly port?: number | undefined;
  /** The same as `username`. */
  readonly user?: string | undefined;
  /** The same as `database`. */
  readonly db?: number | undefined;
}

/**
 * A node-redis client that connects when it is first used, and again with growing pauses whenever it loses Redis.
 * Meanwhile commands fail at once. No error of it is ever thrown into the void.
 */
export class OwnClient {
  /** What sends commands, once they can be sent. */
  readonly driver: Driver;
  readonly #client: ReturnType<typeof createClient>;
  readonly #onError: (error: Error) => unknown;
  #wasReady = false;
  #closed = false;
  #lastError: Error | undefined;
  #waiting: { resolve(): void; reject(error: Error): void }[] = [];

  /**
   * @param onError Is told of every connection error.
   * @throws {TypeError} for options that node-redis refuses.
   */
  constructor(options: ClientOptions, onError: (error: Error) => unknown) {
    this.#client = create(options);
    this.#onError = onError;
    this.driver = afterReady(nodeRedisDriver(this.#client), () => this.#ready());
    this.#client.on("ready", () => {
      this.#wasReady = true;
      this.#lastError = undefined;
      for (const { resolve } of this.#waiting.splice(0)) resolve();
    });
    this.#client.on("error", (error: Error) => {
      // The first error after a connection is its loss; it may well be back with the next attempt.
      if (!this.#wasReady) this.#fail(error);
      this.#wasReady = false;
      this.#report(error);
    });
  }

  close(): void {
    this.#closed = true;
    // Not `client.close`, which waits for a Redis that hangs.
    if (this.#client.isOpen) this.#client.destroy();
    this.#fail(closedError());
  }

  /** Whether commands can be sent: at once, or after the attempt that is under way. */
  #ready(): Promise<void> | undefined {
    if (this.#closed) return Promise.reject(closedError());
    if (this.#client.isReady) return undefined;
    if (!this.#client.isOpen) {
      this.#lastError = undefined;
      // It rejects when the caller's `reconnectStrategy` gives up; the next command tries again.
      this.#client.connect().catch((error: Error) => {
        this.#fail(error);
        if (!this.#closed) this.#report(error);
      });
    }
    if (this.#lastError !== undefined) return Promise.reject(this.#lastError);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #fail(error: Error): void {
    this.#lastError = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #report(error: Error): void {
    try {
      const seen = this.#onError(error);
      if (seen instanceof Promise) seen.catch(() => {});
    } catch {
      // What it throws inside the client's event would end the process.
    }
  }
}

function closedError(): KeyspaceError {
  return new KeyspaceError("ERR_REDIS_UNAVAILABLE", "the store is closed");
}

/** The same driver, whose commands wait until they can be sent. */
function afterReady(driver: Driver, ready: () => Promise<void> | undefined): Driver {
  const wait = <Reply>(send: () => Promise<Reply>): Promise<Reply> => {
    const pending = ready();
    return pending === undefined ? send() : pending.then(send);
  };
  const { membersWithValues, ping } = driver;
  return {
    ...driver,
    ping: ping && (() => wait(ping)),
    get: (key) => wait(() => driver.get(key)),
    getMany: (keys) => wait(() => driver.getMany(keys)),
    run: (script, keys, args, signal) => wait(() => driver.run(script, keys, args, signal)),
    membersWithValues: membersWithValues && ((key, pattern) => wait(() => membersWithValues(key, pattern))),
    async *scan(pattern) {
      await ready();
      yield* driver.scan(pattern);
    },
  };
}

function create({ host, port, user, db, ...options }: ClientOptions): ReturnType<typeof createClient> {
  const given: RedisClientOptions = {
    ...(user !== undefined && { username: user }),
    ...(db !== undefined && { database: db }),
    ...options,
    socket: {
      reconnectStrategy: (retries: number) => Math.min(2 ** retries * 50, MAX_PAUSE_MS) * (0.5 + Math.random() / 2),
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
      ...options.socket,
    } as NonNullable<RedisClientOptions["socket"]>,
  };
  try {
    return createClient(given) as ReturnType<typeof createClient>;
  } catch (error) {
    // Not as the cause: an "Invalid URL" carries the URL, and that the password.
    const reason = error instanceof Error ? error.message : "";
    throw new TypeError(`option "clientOptions" must be options that node-redis takes: ${reason}`);
  }
}
