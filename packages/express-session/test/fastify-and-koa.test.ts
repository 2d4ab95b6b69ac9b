// @fastify/session and koa-session over HTTP: the same promises as express-session.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { RedisStore as LegacyStore } from "connect-redis-10";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { KeyspaceError } from "redis-keyspace";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { RedisStore, type RedisStoreOptions } from "../src/index.js";
import { gate } from "./support/app.js";
import {
  Browser,
  type Handlers,
  serveFastify,
  serveFastifyOn,
  serveKoa,
  type Words,
} from "./support/fastify-and-koa.js";
import { inspect, openStore, userIdFrom, watched } from "./support/redis.js";

const inspector = inspect();

const show = ({ data }: Words) => ({ userId: data["userId"], n: data["n"], a: data["a"], b: data["b"] });

const handlers = {
  "/show": show,
  async "/sign-in"(words: Words) {
    await words.regenerate();
    Object.assign(words.data, { userId: "u1", n: 0 });
  },
  "/change"({ data, query }: Words) {
    if (data["userId"] !== undefined) data["n"] = Number(query.get("n"));
  },
  "/sign-out": (words: Words) => words.destroy(),
} satisfies Handlers;

const frameworks = { "@fastify/session": serveFastify, "koa-session": serveKoa };

describe.each(Object.entries(frameworks))("%s", (_, serve) => {
  async function open({ more = {}, maxAge = 60_000, ...options }: Partial<RedisStoreOptions> & Extra = {}) {
    const opened = openStore({ client: inspector, ...options });
    const app = await serve(opened.store, { ...handlers, ...more }, maxAge);
    const desk = new Browser(app);
    await desk.get("/sign-in");
    const [{ handle: id = "" } = {}] = await opened.store.list("u1");
    return { ...opened, app, desk, id, key: opened.key(id) };
  }

  interface Extra {
    readonly more?: Handlers;
    readonly maxAge?: number | null;
  }

  test("sign in on two devices, change, sign one out, then the other", async () => {
    const { store, app, desk } = await open();
    const phone = new Browser(app);
    await phone.get("/sign-in");
    await phone.get("/change?n=4");
    expect([(await phone.get("/show")).body, (await desk.get("/show")).body]).toEqual([
      { userId: "u1", n: 4 },
      { userId: "u1", n: 0 },
    ]);
    const other = (await store.list("u1")).find(({ session }) => session.n === 4);
    expect(await store.revoke("u1", other?.handle ?? "")).toBe(true);
    expect((await phone.get("/show")).body).toEqual({});
    await desk.get("/sign-out");
    expect([await store.count("u1"), (await desk.get("/show")).body, app.errors]).toEqual([0, {}, []]);
  });

  test("a request that changes nothing writes nothing", async () => {
    const { client, sent } = watched(inspector);
    const { desk } = await open({ client });
    await desk.get("/show");
    sent.length = 0;
    for (let n = 0; n < 3; n++) expect((await desk.get("/show")).setsCookie).toBe(true);
    expect(sent).toEqual(["get", "get", "get"]);
  });

  test("a session that is used lasts on from there, though nothing of it changes", async () => {
    const { desk, key } = await open({ touchAfterSeconds: 0 });
    const text = (await inspector.get(key)) ?? "";
    const past = text.replace(/"expires":"[^"]*"/, `"expires":"${new Date(Date.now() - 1000).toISOString()}"`);
    expect(past).not.toBe(text);
    await inspector.set(key, past, "PX", 30_000);
    expect((await desk.get("/show")).body).toEqual({ userId: "u1", n: 0 });
    expect([await inspector.get(key), (await inspector.pttl(key)) > 50_000]).toEqual([past, true]);
  });

  test("a sign-out against slow requests: no session comes back", async () => {
    const gates = new Map<string, ReturnType<typeof gate>>();
    const slow = async (words: Words, change: () => void) => {
      await gates.get(words.query.get("gate") ?? "")?.pass();
      change();
    };
    const more: Handlers = {
      "/slow-change": (words) => slow(words, () => Object.assign(words.data, { n: 9 })),
      "/slow-show": (words) => slow(words, () => {}),
      async "/slow-save"(words) {
        await slow(words, () => Object.assign(words.data, { n: 8 }));
        await words.save();
        Object.assign(words.data, { n: 7 });
      },
    };
    const { app, store } = await open({ more, touchAfterSeconds: 0 });
    await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const browser = new Browser(app);
        await browser.get("/sign-in");
        const under = Object.keys(more).map((path) => {
          const held = gate();
          gates.set(`${path}${i}`, held);
          return { held, answer: browser.twin(app).get(`${path}?gate=${path}${i}`) };
        });
        await Promise.all(under.map(({ held }) => held.reached));
        await browser.get("/sign-out");
        for (const { held } of under) held.open();
        expect((await Promise.all(under.map(({ answer }) => answer))).map(({ status }) => status)).toEqual([
          200, 200, 200,
        ]);
      }),
    );
    // The one that signed in first.
    expect([await store.count("u1"), (await store.ids()).length, app.errors]).toEqual([1, 1, []]);
  });

  test("a new session that is saved twice and ended between stays ended", async () => {
    const held = gate();
    const more: Handlers = {
      async "/twice"(words) {
        Object.assign(words.data, { userId: "u2" });
        await words.save();
        await held.pass();
        Object.assign(words.data, { n: 1 });
      },
    };
    const { app, store } = await open({ more });
    const answer = new Browser(app).get("/twice");
    await held.reached;
    expect(await store.deleteAll("u2")).toBe(1);
    held.open();
    expect([(await answer).status, await store.count("u2"), (await store.ids()).length]).toEqual([200, 0, 1]);
  });

  test("two requests at once keep each other's changes of different members", async () => {
    const [first, second] = [gate(), gate()];
    const more: Handlers = {
      async "/a"({ data }) {
        await first.pass();
        data["a"] = { deep: [1] };
        delete data["n"];
      },
      async "/b"({ data }) {
        await second.pass();
        data["b"] = "b";
      },
    };
    const { app, desk } = await open({ more });
    const requests = [desk.twin(app).get("/a"), desk.twin(app).get("/b")];
    await Promise.all([first.reached, second.reached]);
    first.open();
    await requests[0];
    second.open();
    await requests[1];
    expect((await desk.get("/show")).body).toEqual({ userId: "u1", a: { deep: [1] }, b: "b" });
  });

  test("regenerate ends the session that it replaces", async () => {
    const { desk, key, store, app } = await open();
    const before = desk.twin(app);
    await desk.get("/sign-in");
    expect([await inspector.exists(key), await store.count("u1")]).toEqual([0, 1]);
    expect([(await before.get("/show")).body, (await desk.get("/show")).body]).toEqual([{}, { userId: "u1", n: 0 }]);
  });

  test("a cookie that ends with the browser leaves the session the time that `ttl` says", async () => {
    const more: Handlers = { "/enter": ({ data }) => void Object.assign(data, { userId: "u2" }) };
    const { app, store, prefix } = await open({ more, maxAge: null, ttl: 500 });
    const browser = new Browser(app);
    for (const path of ["/enter", "/change?n=2"]) await browser.get(path);
    expect((await browser.get("/show")).body).toEqual({ userId: "u2", n: 2 });
    const [{ handle = "" } = {}] = await store.list("u2");
    expect(Math.ceil((await inspector.pttl(prefix + handle)) / 1000)).toBe(500);
  });

  test("an outage reaches the error handler, and signs nobody out", async () => {
    const redis = await startRedis();
    const client = new Redis(redis.url, { maxRetriesPerRequest: 1 });
    client.on("error", () => {});
    onTestFinished(async () => {
      client.disconnect();
      await redis.stop();
    });
    const hold = (words: Words) => {
      redis.pause();
      words.data["n"] = 5;
    };
    const store = new RedisStore({ client, userIdFrom, commandTimeoutMs: 100 });
    const app = await serve(store, { ...handlers, "/pause": hold });
    const desk = new Browser(app);
    await desk.get("/sign-in");
    try {
      for (const path of ["/pause", "/show"]) {
        expect(await desk.get(path)).toMatchObject({ status: 500, setsCookie: false });
      }
    } finally {
      redis.resume();
    }
    expect(app.errors.length).toBeGreaterThanOrEqual(2);
    for (const error of app.errors) expect(error).toBeInstanceOf(KeyspaceError);
    expect((await desk.get("/show")).body).toMatchObject({ userId: "u1" });
  });

  test("a stored member named after the language does no harm", async () => {
    const { desk, key } = await open();
    const text = (await inspector.get(key)) ?? "";
    await inspector.set(key, text.replace('"n":0', '"__proto__":{"admin":true},"n":3'), "PX", 30_000);
    expect((await desk.get("/show")).body).toEqual({ userId: "u1", n: 3 });
    expect({}).not.toHaveProperty("admin");
  });
});

test("@fastify/session on connect-redis and on ours at once: nobody is signed out", async () => {
  const { store, prefix } = openStore({ client: inspector });
  const nodeRedis = await createClient({ url: inject("redisUrl") }).connect();
  onTestFinished(() => nodeRedis.destroy());
  const old = await serveFastifyOn(new LegacyStore({ client: nodeRedis, prefix }) as never, handlers, 60_000);
  const ours = await serveFastify(store, handlers, 60_000);
  const desk = new Browser(old);
  await desk.get("/sign-in");
  await desk.twin(ours).get("/change?n=1");
  expect((await desk.get("/show")).body).toEqual({ userId: "u1", n: 1 });
  await desk.get("/change?n=2");
  expect((await desk.twin(ours).get("/show")).body).toEqual({ userId: "u1", n: 2 });
  await desk.twin(ours).get("/sign-out");
  expect([(await desk.get("/show")).body, old.errors, ours.errors]).toEqual([{}, [], []]);
});
