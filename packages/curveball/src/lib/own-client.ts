import { createClient, type RedisClientOptions } from "redis";
import { type Driver, KeyspaceError } from "redis-keyspace";
import { nodeRedisDriver } from "redis-keyspace/node-redis";

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

export interface OwnClient {
  readonly driver: Driver;
  close(): void;
}

/**
 * A node-redis client that connects when it is first used, and again with growing pauses whenever it loses Redis.
 * Meanwhile commands fail at once. No error of it is ever thrown into the void.
 *
 * @param onError Is told of every connection error.
 * @throws {TypeError} for options that node-redis refuses.
 */
export function ownClient(options: ClientOptions, onError: (error: Error) => unknown): OwnClient {
  const client = create(options);
  const driver = nodeRedisDriver(client);
  let wasReady = false;
  let closed = false;
  let lastError: Error | undefined;
  let waiting: { resolve(): void; reject(error: Error): void }[] = [];

  client.on("ready", () => {
    wasReady = true;
    lastError = undefined;
    settle(({ resolve }) => resolve());
  });
  client.on("error", (error: Error) => {
    // The first error after a connection is its loss; it may well be back with the next attempt.
    if (!wasReady) fail(error);
    wasReady = false;
    report(error);
  });

  function settle(how: (one: (typeof waiting)[number]) => void): void {
    const settled = waiting;
    waiting = [];
    for (const one of settled) how(one);
  }

  function fail(error: Error): void {
    lastError = error;
    settle(({ reject }) => reject(error));
  }

  function report(error: Error): void {
    try {
      const seen = onError(error);
      if (seen instanceof Promise) seen.catch(() => {});
    } catch {
      // What it throws inside the client's event would end the process.
    }
  }

  /** Whether commands can be sent: at once, or after the attempt that is under way. */
  function ready(): Promise<void> | undefined {
    if (closed) return Promise.reject(new KeyspaceError("ERR_REDIS_UNAVAILABLE", "the store is closed"));
    if (client.isReady) return undefined;
    if (!client.isOpen) {
      lastError = undefined;
      // It rejects when the caller's `reconnectStrategy` gives up; the next command tries again.
      client.connect().catch((error: Error) => {
        fail(error);
        if (!closed) report(error);
      });
    }
    if (lastError !== undefined) return Promise.reject(lastError);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  }

  function afterReady<Reply>(send: () => Promise<Reply>): Promise<Reply> {
    const pending = ready();
    return pending === undefined ? send() : pending.then(send);
  }

  const { membersWithValues } = driver;
  return {
    driver: {
      ...driver,
      get: (key) => afterReady(() => driver.get(key)),
      getMany: (keys) => afterReady(() => driver.getMany(keys)),
      run: (script, keys, args) => afterReady(() => driver.run(script, keys, args)),
      membersWithValues: membersWithValues && ((key, pattern) => afterReady(() => membersWithValues(key, pattern))),
      async *scan(pattern) {
        await ready();
        yield* driver.scan(pattern);
      },
    },
    close() {
      closed = true;
      // Not `client.close`, which waits for a Redis that hangs.
      if (client.isOpen) client.destroy();
      fail(new KeyspaceError("ERR_REDIS_UNAVAILABLE", "the store is closed"));
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
