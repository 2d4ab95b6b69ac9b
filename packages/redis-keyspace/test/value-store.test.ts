// Single values beside sessions, and records whose owner no script knows, in Redis and in memory.
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, test } from "vitest";
import { createRecordStore, createValueStore, type RecordModel } from "../src/adapter.js";
import { memoryDriver } from "../src/memory.js";

const redis = new Redis(inject("redisUrl"));
afterAll(() => redis.disconnect());

interface Foreign {
  readonly user: { readonly id: string };
  readonly ends: number;
}

/** A record that names its owner where no script looks. */
const foreign: RecordModel<Foreign> = {
  encode: (record) => JSON.stringify(record),
  decode: (text) => JSON.parse(text) as Foreign,
  userId: ({ user }) => user.id,
  userIdField: "",
  expiresAt: ({ ends }) => ends,
  withExpiresAt: (record, expiresAt) => ({ ...record, ends: expiresAt.getTime() }),
};

describe.each([
  ["Redis", redis],
  ["memory", memoryDriver()],
])("%s", (_, client) => {
  const open = () => createValueStore(client, { prefix: `values-${randomUUID()}:` });

  test("a value is stored, read, taken once, and over when its time is", async () => {
    const store = open();
    await store.set("a", "1", 60_000);
    expect(await store.get("a")).toBe("1");
    const taken = await Promise.all([store.take("a"), store.take("a"), store.take("a")]);
    expect(taken.filter((value) => value !== null)).toEqual(["1"]);
    for (const lifetimeMs of [0, -1, 0.5]) {
      await store.set("a", "2", 60_000);
      await store.set("a", "3", lifetimeMs);
      expect(await store.get("a")).toBeNull();
    }
    await store.set("a", "4");
    await store.delete("a");
    expect(await store.get("a")).toBeNull();
    await expect(store.set("a", "5", Number.NaN)).rejects.toThrow(TypeError);
  });

  test("a counter counts every one", async () => {
    const store = open();
    const counts = await Promise.all(Array.from({ length: 20 }, () => store.increment("c", 60_000)));
    expect(counts.sort((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (__, n) => n + 1));
    await expect(store.increment("c", 0)).rejects.toThrow(TypeError);
  });

  test("a name that cannot be one is absent for a reader and refused for a writer", async () => {
    const store = open();
    for (const name of ["", "x".repeat(2049), "\ud800"]) {
      expect([await store.get(name), await store.take(name)]).toEqual([null, null]);
      await store.delete(name);
      await expect(store.set(name, "x", 1000)).rejects.toThrow(TypeError);
      await expect(store.increment(name, 1000)).rejects.toThrow(TypeError);
    }
  });

  test("its names are found, and no others", async () => {
    const store = open();
    await Promise.all(["a", "*", "b:c"].map((name) => store.set(name, "x", 60_000)));
    const names: string[] = [];
    for await (const name of store.names()) names.push(name);
    expect(names.sort()).toEqual(["*", "a", "b:c"]);
  });

  test("is watched, and never told of by name", async () => {
    const seen: string[] = [];
    const store = createValueStore(client, {
      prefix: `values-${randomUUID()}:`,
      observe: ({ operation, keyKind, outcome }) => seen.push(`${operation} ${keyKind} ${outcome}`),
    });
    await store.set("a", "1", 60_000);
    await store.get("b");
    expect(seen).toEqual(["set value ok", "get value absent"]);
  });

  test("a record that was read is deleted with its entry, also when somebody has changed it since", async () => {
    const prefix = `records-${randomUUID()}:`;
    const store = createRecordStore(client, {
      record: foreign,
      sessionPrefix: `${prefix}s:`,
      userSessionsPrefix: `${prefix}i:`,
    });
    const ends = Date.now() + 60_000;
    for (const isChanged of [false, true]) {
      const record = { user: { id: "u1" }, ends };
      await store.create("a", record);
      const now = { user: { id: "u2" }, ends };
      if (isChanged) await store.update("a", () => now);
      expect(await store.delete("a", { from: record })).toEqual(isChanged ? now : record);
      expect([await store.get("a"), await store.count("u1"), await store.count("u2")]).toEqual([null, 0, 0]);
      expect(await store.delete("a", { from: record })).toBeNull();
    }
  });
});

test.each([
  ["prefix", { prefix: 1 }],
  ["known", { prefix: "a:", others: 1 }],
  ["observe", { prefix: "a:", observe: 1 }],
])("the option %s is refused by name", (name, options) => {
  expect(() => createValueStore(redis, options as never)).toThrow(name);
});
