import type { StoreClient } from "../executions/choose.js";
import { type RedisClient, toDriver } from "../redis/detect.js";
import type { Driver } from "../redis/driver.js";

// Drivers that count, fail or die, put around the real one.

/** A client behind a wrapper for each of its drivers. */
export function wrapClient(client: StoreClient, wrap: (driver: Driver) => Driver): StoreClient {
  const driverOf = (given: RedisClient): Driver => wrap(toDriver("client", given));
  return "session" in client
    ? { session: driverOf(client.session), userSessions: driverOf(client.userSessions) }
    : driverOf(client);
}

/** Gives every command this answer. */
export function answering(driver: Driver, answer: () => Promise<never>): Driver {
  return { ...driver, get: answer, getMany: answer, run: answer, membersWithValues: answer };
}

/** The process lives for so many commands; the last one is carried out, but nobody hears of it. */
export function dying(
  wrapped: (wrap: (driver: Driver) => Driver) => StoreClient,
  commands: number,
  before: (left: number) => Promise<unknown> = () => Promise.resolve(),
): StoreClient {
  let left = commands;
  let last: Promise<unknown> = Promise.resolve();
  const step = <Reply>(send: () => Promise<Reply>): Promise<Reply> => {
    const reply = last.then(async () => {
      if (left === 0) throw new Error("the process has died");
      left--;
      await before(left);
      const answer = await send();
      if (left === 0) throw new Error("the process dies here");
      return answer;
    });
    // One after the other, so that nothing is under way when it dies.
    last = reply.catch(() => {});
    return reply;
  };
  return wrapped((driver: Driver) => ({
    ...driver,
    coalesceReads: false,
    membersWithValues: undefined,
    get: (key) => step(() => driver.get(key)),
    getMany: (keys) => step(() => driver.getMany(keys)),
    // The question what the server takes, once in a process's life, is no step of an operation.
    run: (script, keys, args, signal) =>
      script.name === "probe"
        ? driver.run(script, keys, args, signal)
        : step(() => driver.run(script, keys, args, signal)),
  }));
}

/**
 * A client that loses the answers of writes and sends them again. What the caller hears is the second answer.
 *
 * @param lost Which writes, counted from 0. Default: all of them.
 * @param between What happens before the second.
 */
export function repeating(
  driver: Driver,
  lost: (write: number) => boolean = () => true,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Driver {
  let writes = 0;
  return {
    ...driver,
    repeats: true,
    async run(script, keys, args) {
      const again = lost(writes++);
      const answer = await driver.run(script, keys, args);
      if (!again) return answer;
      await between();
      return driver.run(script, keys, args);
    },
  };
}

/** The same driver, with a call before each command. */
export function tapped(driver: Driver, onCall: () => void): Driver {
  return {
    ...driver,
    get: (key) => {
      onCall();
      return driver.get(key);
    },
    getMany: (keys) => {
      onCall();
      return driver.getMany(keys);
    },
    run: (script, keys, args, signal) => {
      onCall();
      return driver.run(script, keys, args, signal);
    },
    membersWithValues:
      driver.membersWithValues === undefined
        ? undefined
        : (key, pattern) => {
            onCall();
            return (driver.membersWithValues as NonNullable<Driver["membersWithValues"]>)(key, pattern);
          },
  };
}
