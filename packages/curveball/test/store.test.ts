// What the store does with what the middleware hands it.
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { RedisStore, type RedisStoreOptions } from "../src/index.js";
import { gate, handlers, serve } from "./support/app.js";
import { inSeconds, inspect, keysUnder, load, oldId, openStore, watched } from "./support/redis.js";

const inspector = inspect();

function open(options: RedisStoreOptions = {}) {
  const { client, sent, after } = watched(inspector);
  return { ...openStore({ client, ...options }), sent, after, client };
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

describe("what a request changed is written onto what is stored now", () => {
  test("two requests that change different members both survive, also a removal", async () => {
    const { store } = open();
    const id = await store.newSessionId();
    await store.set(id, { a: 1, b: 1, c: 1, gone: 1 }, inSeconds(60));
    const [first, second, third] = [await load(store, id), await load(store, id), await load(store, id)];
    first["a"] = 2;
    second["b"] = 2;
    delete third["gone"];
    third["added"] = 1;
    await Promise.all([first, second, third].map((values) => store.set(id, values, inSeconds(60))));
    expect(await store.get(id)).toEqual({ a: 2, b: 2, c: 1, added: 1 });
  });

  test("fifty requests at once, a member each", async () => {
    const { store } = open();
    const id = await store.newSessionId();
    await store.set(id, { start: true }, inSeconds(60));
    const requests = await Promise.all(Array.from({ length: 50 }, () => load(store, id)));
    await Promise.all(
      requests.map((values, n) => {
        values[`n${n}`] = n;
        return store.set(id, values, inSeconds(60));
      }),
    );
    expect(Object.keys(await load(store, id))).toHaveLength(51);
  });

  test("the same member changed twice: the later write wins", async () => {
    const { store } = open();
    const id = await store.newSessionId();
    await store.set(id, { n: 0 }, inSeconds(60));
    const [first, second] = [await load(store, id), await load(store, id)];
    first["n"] = 1;
    second["n"] = 2;
    await store.set(id, second, inSeconds(60));
    await store.set(id, first, inSeconds(60));
    expect(await store.get(id)).toEqual({ n: 1 });
  });

  test("one request that stores twice writes each change once", async () => {
    const { store } = open();
    const id = await store.newSessionId();
    await store.set(id, { a: 1 }, inSeconds(60));
    const [first, other] = [await load(store, id), await load(store, id)];
    other["b"] = 1;
    await store.set(id, other, inSeconds(60));
    first["a"] = 2;
    await store.set(id, first, inSeconds(60));
    first["a"] = 3;
    await store.set(id, first, inSeconds(60));
    expect(await store.get(id)).toEqual({ a: 3, b: 1 });
  });

  test("over HTTP", async () => {
    const { store } = open();
    const slow = gate();
    const app = await serve(store, {
      ...handlers,
      "/slow": async (ctx) => {
        ctx.session["slow"] = true;
        await slow.pass();
      },
      "/quick": (ctx) => {
        ctx.session["quick"] = true;
      },
    });
    const browser = app.browser();
    await browser.get("/sign-in");
    const pending = browser.get("/slow");
    await slow.reached;
    await browser.get("/quick");
    slow.open();
    await pending;
    expect((await browser.get("/show")).body).toEqual({ userId: "u1", slow: true, quick: true });
    expect(app.errors).toEqual([]);
  });
});

describe("an ended session stays so", () => {
  test("whatever a request that loaded it does to its values", async () => {
    const { store, prefix } = open();
    for (const request of [
      (values: Record<string, unknown>) => values,
      (values: Record<string, unknown>) => Object.assign(values, { changed: true }),
      () => ({ replaced: true }),
    ]) {
      const id = await store.newSessionId();
      await store.set(id, { userId: "u1" }, inSeconds(60));
      const values = await load(store, id);
      await open({ prefix }).store.delete(id);
      await store.set(id, request(values), inSeconds(60));
      await store.set(id, request(values), inSeconds(60));
      expect(await store.get(id)).toBeNull();
    }
    expect(await keysUnder(inspector, `${prefix}*`)).toEqual([]);
  });

  test("also where the request replaces ctx.session as a whole", async () => {
    const { store, prefix } = open();
    const slow = gate();
    const app = await serve(store, {
      ...handlers,
      "/replace": async (ctx) => {
        ctx.session = { userId: "u1", replaced: true };
        await slow.pass();
      },
    });
    const browser = app.browser();
    await browser.get("/sign-in");
    const pending = browser.get("/replace");
    await slow.reached;
    await browser.get("/sign-out");
    slow.open();
    expect((await pending).status).toBe(200);
    expect(await keysUnder(inspector, `${prefix}*`)).toEqual([]);
  });

  test("a live session whose values were replaced holds just these", async () => {
    const { store } = open();
    const app = await serve(store, {
      ...handlers,
      "/replace": (ctx) => {
        ctx.session = { replaced: true };
      },
    });
    const browser = app.browser();
    await browser.get("/sign-in");
    const { cookie } = browser;
    await browser.get("/replace");
    expect(browser.cookie).toBe(cookie);
    expect((await browser.get("/show")).body).toEqual({ replaced: true });
  });

  test("stored directly: create, replace, and no way back from the end", async () => {
    const { store, prefix } = open();
    const id = oldId();
    await store.set(id, { a: 1 }, inSeconds(60));
    await store.set(id, { b: 1 }, inSeconds(120));
    expect(await store.get(id)).toEqual({ b: 1 });
    expect(await inspector.ttl(`${prefix}-${id}`)).toBeGreaterThan(100);
    // Another process, which has not seen it.
    await open({ prefix }).store.set(id, { c: 1 }, inSeconds(60));
    expect(await store.get(id)).toEqual({ c: 1 });
    await store.delete(id);
    await store.set(id, { d: 1 }, inSeconds(60));
    expect(await store.get(id)).toBeNull();
  });
});

describe("round trips", () => {
  test("a read is one, an unchanged request at most two, a change two", async () => {
    const { store, sent, prefix, client } = open({ userIdFrom: ({ userId }) => userId as string });
    const app = await serve(store, {
      ...handlers,
      "/change": (ctx) => {
        ctx.session["n"] = (ctx.session["n"] ?? 0) + 1;
      },
    });
    const browser = app.browser();
    await browser.get("/sign-in");
    await browser.get("/change");
    const count = async (path: string): Promise<string[]> => {
      sent.length = 0;
      await browser.get(path);
      return [...sent];
    };
    expect(await count("/show")).toEqual(["get"]);
    expect(await count("/change")).toEqual(["get", "evalsha"]);

    // A process that does not know the session yet asks Redis once. (The first one teaches it the script.)
    for (const expected of [
      ["get", "evalsha", "eval"],
      ["get", "evalsha"],
    ]) {
      const users = { userIdFrom: ({ userId }: Record<string, unknown>) => userId as string };
      const other = await serve(new RedisStore({ prefix, client, ...users }), handlers);
      const same = other.browser(browser.cookie);
      sent.length = 0;
      await same.get("/show");
      if (sent.length < expected.length) expected.pop();
      expect(sent).toEqual(expected);
      sent.length = 0;
      await same.get("/show");
      expect(sent).toEqual(["get"]);
    }

    sent.length = 0;
    await app.browser("nonsense").get("/show");
    await app.browser().get("/show");
    expect(sent).toEqual([]);
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
    const id = oldId();
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
      const id = oldId();
      await inspector.set(key(id), text, "EX", 60);
      expect(await store.get(id)).toBeNull();
    }
  });
});
