// What is stored of a session, and under which ids.
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { RedisStoreOptions } from "../src/index.js";
import { inSeconds, inspect, legacyId, load, openStore, watched } from "./support/redis.js";

const inspector = inspect();

function open(options: RedisStoreOptions = {}) {
  const { client, sent } = watched(inspector);
  return { ...openStore({ client, ...options }), sent };
}

describe("what is stored", () => {
  test("the values as JSON, until the session's end", async () => {
    const { store, key } = open();
    const id = await store.newSessionId();
    const end = inSeconds(3600);
    await store.set(id, { userId: "u1", cart: [], nested: { a: 1e21 } }, end);
    expect(await inspector.get(key(id))).toBe('{"userId":"u1","cart":[],"nested":{"a":1e+21}}');
    expect(Math.floor((await inspector.pexpiretime(key(id))) / 1000)).toBe(end);
    expect(await store.get(id)).toEqual({ userId: "u1", cart: [], nested: { a: 1e21 } });
  });

  test("under an id that needs no escaping in a cookie", async () => {
    const ids = await Promise.all(Array.from({ length: 200 }, () => open().store.newSessionId()));
    expect(new Set(ids).size).toBe(200);
    for (const id of ids) expect(id).toMatch(/^[\w-]{43}$/);
  });

  test("what is no JSON object is refused, and nothing is stored", async () => {
    const { store, key } = open();
    const id = await store.newSessionId();
    for (const values of [[1], "abc", null, 7, () => {}]) {
      await expect(store.set(id, values as never, inSeconds(60))).rejects.toThrow(TypeError);
    }
    expect(await inspector.exists(key(id))).toBe(0);
  });

  test("members with names that JavaScript gives a meaning", async () => {
    const { store } = open();
    const id = await store.newSessionId();
    await store.set(id, JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toString":2}'), inSeconds(60));
    const values = await load(store, id);
    expect(Object.keys(values)).toEqual(["__proto__", "constructor", "toString"]);
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
    delete values["constructor"];
    values["valueOf"] = 3;
    await store.set(id, values, inSeconds(60));
    expect(JSON.stringify(await store.get(id))).toBe('{"__proto__":{"admin":true},"toString":2,"valueOf":3}');
  });
});

describe("ids", () => {
  test("what cannot be one is absent, and is not sent", async () => {
    const { store, sent } = open();
    const good = randomBytes(32).toString("base64url");
    const hostile = ["", "a", "*", `${good}x`, good.slice(1), `admin-${good}`, `${good}\n`, `${good.slice(1)}\0`, "{}"];
    for (const id of [...hostile, "é".repeat(43), `${good.slice(1)}=`, "__proto__", null, undefined, {}]) {
      expect(await store.get(id as string)).toBeNull();
      await store.delete(id as string);
      await expect(store.set(id as string, { a: 1 }, inSeconds(60))).rejects.toThrow(TypeError);
    }
    expect(sent).toEqual([]);
  });

  test("the old form is read, written and deleted", async () => {
    const { store, key } = open();
    const id = legacyId();
    await inspector.set(key(id), '{"a":1}', "EX", 60);
    const values = await load(store, id);
    values["a"] = 2;
    await store.set(id, values, inSeconds(60));
    expect(await inspector.get(key(id))).toBe('{"a":2}');
    await store.delete(id);
    expect(await inspector.exists(key(id))).toBe(0);
  });

  test("what is under a key and is no session is absent", async () => {
    const { store, key } = open();
    for (const text of ["null", "[1]", "7", '"text"', "{broken"]) {
      const id = legacyId();
      await inspector.set(key(id), text, "EX", 60);
      expect(await store.get(id)).toBeNull();
    }
  });
});
