// What requests of one session do to one another's changes, and after its end.
import { describe, expect, test } from "vitest";
import type { RedisStoreOptions } from "../src/index.js";
import { destroy, gate, handlers, regenerate, save, serve } from "./support/app.js";
import { inspect, openStore } from "./support/redis.js";

const inspector = inspect();

const open = (options: Partial<RedisStoreOptions> = {}) => openStore({ client: inspector, ...options });

const sleeping = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * 5));

test("a sign-out against slow requests: no session comes back", async () => {
  const { store } = open({ touchAfterSeconds: 0 });
  const slow = {
    "/slow-change": async (req: Parameters<typeof save>[0]) => {
      await sleeping();
      req.session.n = Math.random();
    },
    "/slow-save": async (req: Parameters<typeof save>[0]) => {
      await sleeping();
      req.session.a = { at: Math.random() };
      await save(req);
    },
    "/slow-touch": sleeping,
    "/slow-sign-out": async (req: Parameters<typeof save>[0]) => {
      await sleeping();
      await destroy(req);
    },
  };
  const app = await serve(store, { ...handlers, ...slow });
  const races = Number(process.env["RACES"] ?? 60);
  const revived: unknown[] = [];
  for (let done = 0; done < races; done += 20) {
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const browser = app.browser();
        await browser.get(`/sign-in?userId=u${i}`);
        const paths = ["/slow-sign-out", "/slow-change", "/slow-save", "/slow-touch"];
        await Promise.all(paths.map((path) => app.browser(browser.id).get(path)));
        const found = await store.get(browser.id ?? "");
        if (found !== null || (await store.count(`u${i}`)) > 0) revived.push(found);
      }),
    );
  }
  expect(revived).toEqual([]);
  expect(app.errors).toEqual([]);
}, 120_000);

describe("two requests at once", () => {
  test("keep each other's changes of different members", async () => {
    const { store } = open();
    const [first, second] = [gate(), gate()];
    const app = await serve(store, {
      ...handlers,
      "/a": async (req) => {
        await first.pass();
        req.session.a = { deep: [1] };
        delete req.session.n;
      },
      "/b": async (req) => {
        await second.pass();
        req.session.b = "b";
      },
    });
    const browser = app.browser();
    await browser.get("/sign-in?n=5");
    const requests = [app.browser(browser.id).get("/a"), app.browser(browser.id).get("/b")];
    await Promise.all([first.reached, second.reached]);
    first.open();
    await requests[0];
    second.open();
    await requests[1];
    expect((await browser.get("/show")).body).toEqual({ userId: "u1", a: { deep: [1] }, b: "b" });
  });

  test("fifty of them, each with a member of its own, lose nothing", async () => {
    const { store } = open();
    const app = await serve(store, {
      ...handlers,
      "/add": (req) => {
        Object.assign(req.session, { [`m${String(req.query["m"])}`]: true });
      },
    });
    const browser = app.browser();
    await browser.get("/sign-in");
    await Promise.all(Array.from({ length: 50 }, (_, m) => app.browser(browser.id).get(`/add?m=${m}`)));
    const { body } = await browser.get("/show");
    expect(Object.keys(body as object).filter((name) => name.startsWith("m"))).toHaveLength(50);
    expect(app.errors).toEqual([]);
  });

  test("a request that did not change its cookie keeps the 'remember me' of another", async () => {
    const { store, key } = open();
    const held = gate();
    const app = await serve(
      store,
      {
        ...handlers,
        "/remember": (req) => {
          req.session.cookie.maxAge = 1_000_000_000;
          req.session.a = 1;
        },
        "/slow": async (req) => {
          await held.pass();
          req.session.b = 1;
        },
      },
      { cookie: { maxAge: 60_000 } },
    );
    const browser = app.browser();
    await browser.get("/sign-in");
    const slow = app.browser(browser.id).get("/slow");
    await held.reached;
    await browser.get("/remember");
    held.open();
    await slow;
    const originalMaxAge: unknown = expect.toSatisfy((age) => age > 999_999_900 && age <= 1_000_000_000);
    expect(await store.get(browser.id ?? "")).toMatchObject({ a: 1, b: 1, cookie: { originalMaxAge } });
    expect(await inspector.pttl(key(browser.id))).toBeGreaterThan(900_000_000);
  });
});

test("what was loaded and ended is not stored again, whatever is saved in the request", async () => {
  const { store, key } = open();
  const held = gate();
  const app = await serve(store, {
    ...handlers,
    "/slow": async (req) => {
      await held.pass();
      req.session.n = 9;
      await save(req);
      req.session.n = 10;
      await save(req);
    },
  });
  const browser = app.browser();
  await browser.get("/sign-in");
  const slow = app.browser(browser.id).get("/slow");
  await held.reached;
  await store.deleteAll("u1");
  held.open();
  expect((await slow).status).toBe(200);
  expect(await inspector.exists(key(browser.id))).toBe(0);
});

test("a new session that is saved twice in its request is one session with the last values", async () => {
  const { store } = open();
  const app = await serve(store, {
    ...handlers,
    "/twice": (req) => {
      req.session.userId = "u1";
      void save(req);
      req.session.n = 1;
      void save(req);
      req.session.n = 2;
    },
  });
  const browser = app.browser();
  await browser.get("/twice");
  expect(await store.get(browser.id ?? "")).toMatchObject({ userId: "u1", n: 2 });
  expect([await store.count("u1"), app.errors]).toEqual([1, []]);
});

describe("regenerate", () => {
  test("ends the session that it replaces", async () => {
    const { store, key } = open();
    const app = await serve(store, { ...handlers, "/regenerate": regenerate });
    const browser = app.browser();
    await browser.get("/sign-in");
    const former = browser.id;
    await browser.get("/sign-in");
    expect(browser.id).not.toBe(former);
    expect(await inspector.exists(key(former))).toBe(0);
    expect(await store.count("u1")).toBe(1);
  });

  test("with a grace leaves it to requests under way, which cannot write to it, and to a sign-out everywhere", async () => {
    const { store, key } = open({ regenerateGraceSeconds: 10, maxSessionsPerUser: 1, whenFull: "reject" });
    const app = await serve(store, handlers);
    const browser = app.browser();
    await browser.get("/sign-in?n=1");
    const former = browser.id ?? "";
    const answers = await Promise.all([browser.get("/sign-in?n=2"), app.browser(former).get("/show")]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await app.browser(former).get("/change?n=7")).status).toBe(200);
    expect((await app.browser(former).get("/show")).body).toEqual({ userId: "u1", n: 1 });
    expect(await inspector.pttl(key(former))).toBeLessThanOrEqual(10_000);
    // It is no device.
    const { id: current } = browser;
    expect([await store.count("u1"), await store.ids()]).toEqual([1, [current]]);
    expect((await store.list("u1", { current })).map((item) => [item.handle, item.current])).toEqual([[current, true]]);
    await store.deleteAll("u1");
    expect([await store.get(former), await store.get(current ?? "")]).toEqual([null, null]);
    expect(app.errors).toEqual([]);
  });
});
