import type { KeyspaceErrorCode } from "../redis/errors.js";
import type { SessionStore } from "../sessions.js";
import { equal, ok, rejects } from "./assert.js";
import { answering } from "./faults.js";
import type { KitTest } from "./kit.js";
import type { KitData } from "./target.js";

export const failures: readonly [error: Error, code: KeyspaceErrorCode][] = [
  [Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }), "ERR_REDIS_UNAVAILABLE"],
  [new Error("The client is closed"), "ERR_REDIS_UNAVAILABLE"],
  [new Error("LOADING Redis is loading the dataset in memory"), "ERR_REDIS_UNAVAILABLE"],
  [new Error("CLUSTERDOWN The cluster is down"), "ERR_REDIS_UNAVAILABLE"],
  [new Error("Command timed out"), "ERR_REDIS_TIMEOUT"],
  [new Error("READONLY You can't write against a read only replica."), "ERR_REDIS_READONLY"],
  [new Error("OOM command not allowed when used memory > 'maxmemory'."), "ERR_REDIS_OUT_OF_MEMORY"],
  [new Error("WRONGTYPE Operation against a key holding the wrong kind of value"), "ERR_REDIS_WRONG_TYPE"],
  [new Error("NOPERM this user has no permissions"), "ERR_REDIS_DENIED"],
  [new Error("ERR Error running script: something"), "ERR_REDIS_REPLY"],
];

const operations: Readonly<Record<string, (sessions: SessionStore<KitData>) => Promise<unknown>>> = {
  get: (sessions) => sessions.get("id"),
  create: (sessions) => sessions.create({ userId: "u1", data: { n: 1 } }),
  update: (sessions) => sessions.update("id", () => ({ data: { n: 1 } })),
  touch: (sessions) => sessions.touch("id"),
  rotate: (sessions) => sessions.rotate("id"),
  delete: (sessions) => sessions.delete("id"),
  revoke: (sessions) => sessions.revoke("u1", "id"),
  list: (sessions) => sessions.list("u1"),
  deleteAll: (sessions) => sessions.deleteAll("u1"),
  count: (sessions) => sessions.count("u1"),
};

/** K2: an outage is a typed error, never an absent session. */
export function outage(test: KitTest): void {
  test("what the client throws gets a code and stays the cause", async ({ store, wrapped }) => {
    for (const [error, code] of failures) {
      const sessions = store(
        {},
        wrapped((driver) => answering(driver, () => Promise.reject(error))),
      );
      for (const [name, operation] of Object.entries(operations)) {
        const thrown = await rejects(operation(sessions), code, `${name} on ${error.message}`);
        ok(thrown.cause instanceof Error && thrown.cause.message === error.message, "the cause");
      }
    }
  });

  test("a Redis that does not answer is a time-out, on time", async ({ store, wrapped }) => {
    const silent = store(
      { commandTimeoutMs: 50 },
      wrapped((driver) => answering(driver, () => new Promise(() => {}))),
    );
    const start = Date.now();
    await Promise.all(
      Object.entries(operations).map(([name, operation]) => rejects(operation(silent), "ERR_REDIS_TIMEOUT", name)),
    );
    ok(Date.now() - start < 5000, "long before the default of five seconds");
  });

  test("a client that throws at once is no different", async ({ store, wrapped }) => {
    const broken = (): never => {
      throw new Error("The client is closed");
    };
    const sessions = store(
      {},
      wrapped((driver) => answering(driver, broken)),
    );
    for (const [name, operation] of Object.entries(operations)) {
      await rejects(operation(sessions), "ERR_REDIS_UNAVAILABLE", name);
    }
  });

  test("one failed batch of reads fails each of them, and no other", async ({ store, wrapped }) => {
    let healthy = false;
    const sessions = store(
      {},
      wrapped((driver) => ({
        ...driver,
        get: (key) => (healthy ? driver.get(key) : Promise.reject(new Error("The client is closed"))),
        getMany: (keys) => (healthy ? driver.getMany(keys) : Promise.reject(new Error("The client is closed"))),
        coalesceReads: true,
      })),
    );
    const outcomes = await Promise.allSettled(["a", "b", "c"].map((id) => sessions.get(id)));
    equal(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected", "rejected"],
      "while it is down",
    );
    healthy = true;
    equal(await Promise.all(["a", "b", "c"].map((id) => sessions.get(id))), [null, null, null], "when it is back");
  });
}
