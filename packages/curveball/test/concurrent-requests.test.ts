// What requests of one session do to one another's changes, and after its end.
import { describe, expect, test } from "vitest";
import type { RedisStoreOptions } from "../src/index.js";
import { gate, handlers, serve } from "./support/app.js";
import { inSeconds, inspect, keysUnder, legacyId, load, openStore, watched } from "./support/redis.js";

const inspector = inspect();

const open = (options: RedisStoreOptions = {}) => openStore({ client: inspector, ...options });

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

  describe.each(["one client", "a client for each model"])("%s", (clients) => {
    test.each(["delete", "revoke"] as const)(
      "also where another request writes while %s is under way",
      async (word) => {
        const { client, after } = watched(inspector);
        const given = clients === "one client" ? client : { session: client, userSessions: inspector };
        const { store, prefix } = open({ client: given, userIdFrom: ({ userId }) => userId as string });
        const end = async (id: string) => await (word === "delete" ? store.delete(id) : store.revoke("u1", id));
        const signIn = async () => {
          const id = await store.newSessionId();
          await store.set(id, { userId: "u1" }, inSeconds(60));
          return id;
        };
        // The server learns the scripts: the first calls are sent another way, until it is known what the server takes.
        for (let n = 0; n < 2; n++) await end(await signIn());
        const id = await signIn();
        const request = await load(store, id);
        request["n"] = 1;
        const write = async () => {
          after.clear();
          await store.set(id, request, inSeconds(60));
        };
        for (const command of ["get", "evalsha"]) after.set(command, write);
        await end(id);
        expect(after.size).toBe(0);
        expect(await keysUnder(inspector, `*${prefix}*`)).toEqual([]);
      },
    );
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
    const id = legacyId();
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

test("an ended session is not brought back by a request that replaces all values, however many others came meanwhile", async () => {
  const { store, key } = open({ userIdFrom: ({ userId }) => userId as string });
  const id = await store.newSessionId();
  await store.set(id, { userId: "u1" }, inSeconds(60));
  // Two requests are under way.
  for (let n = 0; n < 2; n++) await load(store, id);
  await store.deleteAll("u1");
  // More than a process remembers.
  const others = Array.from({ length: 10_001 }, () => store.newSessionId());
  await Promise.all(others.map(async (other) => await store.delete(await other)));
  for (let n = 0; n < 2; n++) await store.set(id, { userId: "u1", replaced: true }, inSeconds(60));
  expect(await inspector.exists(key(id))).toBe(0);
});
