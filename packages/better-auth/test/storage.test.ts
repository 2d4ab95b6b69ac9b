// The storage by itself: values, lifetimes, hostile keys, what stands in Redis, options.
import { randomBytes } from "node:crypto";
import type { SecondaryStorage } from "@better-auth/core/db";
import { toHashedId } from "redis-keyspace/adapter";
import { seal } from "redis-keyspace/sealing";
import { describe, expect, test } from "vitest";
import { type RedisStorageOptions, redisStorage } from "../src/index.js";
import { inspect, keysUnder, openStorage } from "./support/redis.js";
import { session, token } from "./support/sessions.js";

const inspector = inspect();
const open = (options: Partial<RedisStorageOptions> = {}) => openStorage({ client: inspector, ...options });

test("it is what better-auth takes, with functions that can be called by themselves", async () => {
  const { storage } = open();
  const { increment, get, set } = storage satisfies SecondaryStorage;
  await set("a", "b", 60);
  expect([await get("a"), await increment("c", 60), await increment("c", 60)]).toEqual(["b", 1, 2]);
});

describe("a value", () => {
  test("lasts as long as it is given, and one whose time is over is not there", async () => {
    const { storage, key } = open();
    await storage.set("a", "1", 60);
    expect(await inspector.pttl(key("a"))).toBeGreaterThan(59_000);
    await storage.set("a", "2");
    expect(await inspector.pttl(key("a"))).toBeGreaterThan(3_600_000);
    for (const ttl of [0, -1, 0.0001]) {
      await storage.set("a", "3", ttl);
      expect([ttl, await storage.get("a"), await inspector.exists(key("a"))]).toEqual([ttl, null, 0]);
      await storage.set("a", "1", 60);
    }
    await expect(storage.set("a", "1", Number.NaN)).rejects.toThrow(TypeError);
    await storage.delete("a");
    expect([await storage.get("a"), await storage.getAndDelete("a")]).toEqual([null, null]);
  });

  test("that counts ends a fixed time after its first, and needs a time", async () => {
    const { storage, key } = open();
    await storage.increment("c", 100);
    await inspector.pexpire(key("c"), 50_000);
    expect([await storage.increment("c", 100), await inspector.pttl(key("c"))]).toEqual([2, expect.any(Number)]);
    expect(await inspector.pttl(key("c"))).toBeLessThanOrEqual(50_000);
    for (const ttl of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(storage.increment("c", ttl)).rejects.toThrow(TypeError);
    }
  });

  test("under a hostile key harms nobody", async () => {
    const { storage, keyPrefix } = open();
    await storage.set(token(1), session(1), 60);
    const [{ handle = "" } = {}] = await storage.sessions.list("u1");
    for (const name of ["", "x".repeat(3000), "\ud800", await toHashedId("a")]) {
      expect([await storage.get(name), await storage.getAndDelete(name)]).toEqual([null, null]);
      await expect(storage.set(name, "x", 60)).rejects.toThrow(TypeError);
      await storage.delete(name);
    }
    for (const name of ["*", "{}", ":", "\u0000", "__proto__", "constructor"]) {
      expect(await storage.get(name)).toBeNull();
      await storage.set(name, "x", 60);
      expect(await storage.getAndDelete(name)).toBe("x");
    }
    expect([await storage.sessions.count("u1"), handle]).toEqual([1, token(1)]);
    expect((await keysUnder(inspector, `${keyPrefix}*`)).every((key) => key.startsWith(keyPrefix))).toBe(true);
  });
});

describe("a session", () => {
  test("is stored as it was given, lasts until it says, and one whose time is over is not there", async () => {
    const { storage, key } = open();
    const text = session(1);
    await storage.set(token(1), text, 59);
    expect([await inspector.get(key(token(1))), await storage.get(token(1))]).toEqual([text, text]);
    expect(await inspector.pttl(key(token(1)))).toBeGreaterThan(59_000);
    await storage.set(token(1), session(1, { lifetimeMs: 999 }), 0);
    expect([await storage.get(token(1)), await storage.get("active-sessions-u1")]).toEqual([null, null]);
    await storage.set(token(2), session(2, { lifetimeMs: -1 }), 60);
    expect(await inspector.exists(key(token(2)))).toBe(0);
  });

  test("that was deleted is not written again by a request that had read it", async () => {
    const { storage, keyPrefix } = open();
    const other = redisStorage({ client: inspector, keyPrefix });
    await storage.set(token(1), session(1), 60);
    const text = (await storage.get(token(1))) ?? "";
    await storage.delete(token(1));
    await storage.set(token(1), text, 60);
    expect([await storage.get(token(1)), await other.get(token(1))]).toEqual([null, null]);
    expect(await storage.sessions.count("u1")).toBe(0);
  });

  test("is in its user's list, by end, whatever list is stored", async () => {
    const { storage } = open({ legacyIndex: false });
    await storage.set(token(2), session(2, { lifetimeMs: 90_000 }), 90);
    await storage.set(token(1), session(1), 60);
    await storage.set("active-sessions-u1", "[]", 60);
    await storage.delete("active-sessions-u1");
    const list = JSON.parse((await storage.get("active-sessions-u1")) ?? "") as { token: string; expiresAt: number }[];
    expect(list.map((entry) => entry.token)).toEqual([token(1), token(2)]);
    expect(list[0]?.expiresAt).toBeGreaterThan(Date.now());
    expect(await storage.get("active-sessions-u2")).toBeNull();
  });

  test("that another user's list or value names is not that user's", async () => {
    const { storage, key } = open();
    await storage.set(token(1), session(1, { userId: "u2" }), 60);
    const entry = JSON.stringify([{ token: token(1), expiresAt: Date.now() + 60_000 }, null, 7, { token: 5 }]);
    await inspector.set(key("active-sessions-u1"), entry, "EX", 60);
    expect([await storage.get("active-sessions-u1"), await storage.sessions.count("u1")]).toEqual([null, 0]);
    await inspector.set(key("active-sessions-u1"), "no JSON", "EX", 60);
    expect(await storage.sessions.list("u1")).toEqual([]);
  });
});

describe("at rest", () => {
  const codec = seal(randomBytes(32).toString("base64"));

  test("with a codec and hashed ids no token and no data is in Redis", async () => {
    const { storage, keyPrefix, key } = open({ codec, hashIds: true, legacyIndex: false });
    await storage.set(token(1), session(1), 60);
    await storage.set("verification:a", "a value", 60);
    for (const name of await keysUnder(inspector, `*${encodeURIComponent(keyPrefix.slice(0, -1))}*`)) {
      const text =
        (await inspector.type(name)) === "string" ? await inspector.get(name) : await inspector.zrange(name, "0", "-1");
      expect(`${name} ${String(text)}`).not.toMatch(/token-1|Ann/);
    }
    expect(JSON.parse((await storage.get(token(1))) ?? "")).toMatchObject({ session: { n: 1 } });
    expect(await storage.get("verification:a")).toBe("a value");
    const [item] = await storage.sessions.list("u1", { current: token(1) });
    expect([item?.current, await storage.get(item?.handle ?? "")]).toEqual([true, null]);
    const plain = redisStorage({ client: inspector, keyPrefix });
    expect([await plain.get(item?.handle ?? ""), await inspector.exists(key(item?.handle))]).toEqual([null, 1]);
  });

  test("what a codec cannot open is not there", async () => {
    const { storage, keyPrefix } = open({ codec });
    await storage.set(token(1), session(1), 60);
    const other = seal(randomBytes(32).toString("base64"));
    for (const options of [{ codec: other }, {}]) {
      expect(await redisStorage({ client: inspector, keyPrefix, ...options }).get(token(1))).toBeNull();
    }
  });
});

test("all keys are listed and cleared, and nobody else's", async () => {
  const { storage, keyPrefix } = open();
  const other = open({ keyPrefix: `other-${keyPrefix}` }).storage;
  await other.set("a", "b", 60);
  for (let n = 0; n < 30; n++) await storage.set(token(n), session(n), 60);
  await storage.set("verification:*", "x", 60);
  await storage.increment("c", 60);
  expect(new Set(await storage.listKeys())).toEqual(
    new Set([...Array.from({ length: 30 }, (_, n) => token(n)), "verification:*", "c"]),
  );
  await storage.clear();
  expect([await storage.listKeys(), await storage.sessions.count("u1"), await other.listKeys()]).toEqual([
    [],
    0,
    ["a"],
  ]);
});

describe("options", () => {
  test.each([
    ["clent", { clent: 1 }],
    ["client", { client: undefined }],
    ["keyPrefix", { keyPrefix: "" }],
    ["keyPrefix", { keyPrefix: "keyspace:" }],
    ["keyPrefix", { keyPrefix: "keyspace:better-auth:x" }],
    ["legacyIndex", { legacyIndex: 1 }],
    ["hashIds", { hashIds: true }],
    ["maxSessionsPerUser", { maxSessionsPerUser: 0 }],
    ["commandTimeoutMs", { commandTimeoutMs: 0 }],
  ])("%s is refused by name when it is wrong", (name, options) => {
    const make = () => redisStorage({ client: inspector, ...options } as RedisStorageOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(name);
  });
});
