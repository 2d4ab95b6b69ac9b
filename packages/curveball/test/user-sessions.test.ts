// The sessions of each user.
import { describe, expect, test } from "vitest";
import { RedisStore, type RedisStoreOptions } from "../src/index.js";
import { gate, handlers, serve } from "./support/app.js";
import { inSeconds, inspect, keysUnder, legacyId, uniquePrefix } from "./support/redis.js";

const inspector = inspect();

interface Values {
  userId?: string;
  browser?: string;
}

function open(options: RedisStoreOptions<Values> = {}) {
  const prefix = options.prefix ?? uniquePrefix();
  const store = new RedisStore<Values>({ client: inspector, userIdFrom: ({ userId }) => userId, ...options, prefix });
  return { store, prefix };
}

async function signIn(store: RedisStore<Values>, values: Values = { userId: "u1" }): Promise<string> {
  const id = await store.newSessionId();
  await store.set(id, values, inSeconds(60));
  return id;
}

describe("the index follows", () => {
  test("a sign-in, another user, and a sign-out", async () => {
    const { store, prefix } = open();
    const app = await serve(store, {
      ...handlers,
      "/visit": (ctx) => {
        ctx.session["browser"] = "Firefox";
      },
      "/switch": (ctx) => {
        ctx.session["userId"] = "u2";
      },
    });
    const browser = app.browser();
    await browser.get("/visit");
    expect(await keysUnder(inspector, `curveball:user-sessions:${prefix}:*`)).toEqual([]);
    await browser.get("/sign-in");
    const { cookie = "" } = browser;
    expect(await store.list("u1")).toEqual([
      { handle: cookie, session: { browser: "Firefox", userId: "u1" }, current: false },
    ]);
    await browser.get("/switch");
    expect([await store.count("u1"), await store.count("u2")]).toEqual([0, 1]);
    await browser.get("/sign-out");
    expect(await store.list("u2")).toEqual([]);
    expect(await keysUnder(inspector, `*${prefix}*`)).toEqual([]);
  });

  test("a session that was there before: it is listed from its next request on", async () => {
    const { store, prefix } = open();
    const id = legacyId();
    await inspector.set(`${prefix}-${id}`, '{"userId":"u1"}', "EX", 600);
    const app = await serve(store, handlers, { expiry: 600 });
    expect(await store.count("u1")).toBe(0);
    await app.browser(id).get("/show");
    expect(await store.deleteAll("u1")).toBe(1);
    expect((await app.browser(id).get("/show")).body).toEqual({});
  });
});

test("the list is in the order of last use, and marks the session that asks", async () => {
  const { store } = open({ touchAfterSeconds: 0 });
  const app = await serve(store, handlers);
  const browsers = Array.from({ length: 3 }, () => app.browser());
  for (const browser of browsers) await browser.get("/sign-in");
  const [first, second, third] = browsers.map(({ cookie }) => cookie);
  const handles = async () => (await store.list("u1")).map(({ handle }) => handle);
  expect(await handles()).toEqual([third, second, first]);
  await browsers[0]?.get("/show");
  expect(await handles()).toEqual([first, third, second]);
  const marked = (await store.list("u1", { current: second })).filter(({ current }) => current);
  expect(marked).toEqual([{ handle: second, session: { userId: "u1" }, current: true }]);
  for (const current of [undefined, null, "nobody's", `~${"a".repeat(32)}`]) {
    expect((await store.list("u1", { current })).map((item) => item.current)).toEqual([false, false, false]);
  }
});

describe("sign out", () => {
  test("one, the others, everywhere; with prefixes that contain one another nobody else's", async () => {
    const { store, prefix } = open();
    const other = open({ prefix: `${prefix}-admin` }).store;
    const [first, second, third] = [await signIn(store), await signIn(store), await signIn(store)];
    const ofAdmin = await signIn(other);
    const ofAnother = await signIn(store, { userId: "u2" });

    for (const handle of [`admin-${ofAdmin}`, ofAnother, "*", ""]) expect(await store.revoke("u1", handle)).toBe(false);
    expect(await store.revoke("u1", first)).toBe(true);
    expect(await store.get(first)).toBeNull();
    expect(await store.deleteAll("u1", { except: second })).toBe(1);
    expect(await store.get(third)).toBeNull();
    expect(await store.count("u1")).toBe(1);
    expect(await store.deleteAll("u1", { except: null })).toBe(1);
    expect(await store.get(second)).toBeNull();
    expect(await other.get(ofAdmin)).toEqual({ userId: "u1" });
    expect(await store.get(ofAnother)).toEqual({ userId: "u2" });
  });

  test("everywhere, while requests of that user are under way", async () => {
    const { store, prefix } = open();
    const slow = gate();
    let waiting = 0;
    const app = await serve(store, {
      ...handlers,
      "/slow": async (ctx) => {
        ctx.session["browser"] = "changed";
        if (++waiting === 5) await slow.pass();
        else await slow.reached;
      },
    });
    const browsers = Array.from({ length: 5 }, () => app.browser());
    for (const browser of browsers) await browser.get("/sign-in");
    const pending = browsers.map((browser) => browser.get("/slow"));
    await slow.reached;
    const deleted = store.deleteAll("u1");
    slow.open();
    await Promise.all([deleted, ...pending]);
    await store.deleteAll("u1");
    for (const browser of browsers) expect((await browser.get("/show")).body).toEqual({});
    expect(await keysUnder(inspector, `*${prefix}*`)).toEqual([]);
    expect(app.errors).toEqual([]);
  });
});

test("user ids and prefixes that look like one another's keys stay apart", async () => {
  const prefix = uniquePrefix();
  const [plain, colon] = [open({ prefix }).store, open({ prefix: `${prefix}:a` }).store];
  await signIn(colon, { userId: "u" });
  await signIn(plain, { userId: "a:u" });
  expect([await plain.count("a:u"), await colon.count("u")]).toEqual([1, 1]);
  expect(await plain.deleteAll("a:u")).toBe(1);
  expect(await colon.count("u")).toBe(1);
  for (const userId of ["*", "a\0b", "{}", "__proto__", "é", "x".repeat(512)]) {
    const id = await signIn(plain, { userId });
    expect(await plain.list(userId)).toEqual([{ handle: id, session: { userId }, current: false }]);
    expect(await plain.deleteAll(userId)).toBe(1);
  }
});

test("a member without a name does not say whose session it is", async () => {
  const { store, prefix } = open();
  const values = { userId: "u1", "": "u2" };
  const revoked = await signIn(store, values);
  expect([await store.revoke("u2", revoked), await store.revoke("u1", revoked)]).toEqual([false, true]);
  await store.delete(await signIn(store, values));
  expect(await store.count("u1")).toBe(0);
  expect(await keysUnder(inspector, `*${prefix}*`)).toEqual([]);
});

describe("maxSessionsPerUser", () => {
  test("a session that is stored with its user ends the one that would end first", async () => {
    const { store } = open({ maxSessionsPerUser: 2 });
    const ids: string[] = [];
    for (const seconds of [60, 120, 180]) {
      const id = await store.newSessionId();
      await store.set(id, { userId: "u1" }, inSeconds(seconds));
      ids.push(id);
    }
    expect(await store.get(ids[0] as string)).toBeNull();
    expect((await store.list("u1")).map(({ handle }) => handle).sort()).toEqual(ids.slice(1).sort());
  });

  test("of sessions of one second, the first one goes", async () => {
    const { store } = open({ maxSessionsPerUser: 5 });
    const ids: string[] = [];
    for (let n = 0; n < 10; n++) {
      const id = await store.newSessionId();
      const now = Date.now();
      await store.set(id, { userId: "u1" }, inSeconds(60));
      ids.push(id);
      await expect.poll(() => Date.now()).toBeGreaterThan(now);
    }
    expect((await store.list("u1")).map(({ handle }) => handle).sort()).toEqual(ids.slice(5).sort());
  });

  test.each(["evict-oldest", "reject"] as const)(
    "a session that keeps its id at sign-in counts: %s",
    async (whenFull) => {
      const { store } = open({ maxSessionsPerUser: 1, whenFull });
      const app = await serve(store, {
        ...handlers,
        "/visit": (ctx) => {
          ctx.session["browser"] = "Firefox";
        },
      });
      const [first, second] = [app.browser(), app.browser()];
      for (const browser of [first, second]) await browser.get("/visit");
      expect((await first.get("/sign-in")).status).toBe(200);
      expect((await second.get("/sign-in")).status).toBe(whenFull === "reject" ? 500 : 200);
      const kept = whenFull === "reject" ? first : second;
      expect(await store.list("u1")).toMatchObject([{ handle: kept.cookie }]);
      expect((await second.get("/show")).body).toMatchObject({ browser: "Firefox" });
      expect((await first.get("/show")).body).toEqual(
        whenFull === "reject" ? { browser: "Firefox", userId: "u1" } : {},
      );
    },
  );

  test("over HTTP, where a sign-in gets a new id", async () => {
    const { store } = open({ maxSessionsPerUser: 2, whenFull: "reject" });
    const app = await serve(store, {
      ...handlers,
      "/visit": (ctx) => {
        ctx.session["browser"] = "Firefox";
      },
      "/sign-in": (ctx) => {
        ctx.sessionId = null;
        ctx.session["userId"] = "u1";
      },
    });
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++) {
      const browser = app.browser();
      await browser.get("/visit");
      statuses.push((await browser.get("/sign-in")).status);
    }
    expect(statuses).toEqual([200, 200, 500]);
    expect(app.errors).toMatchObject([{ code: "ERR_SESSION_LIMIT" }]);
  });
});

test("without userIdFrom the users' methods say what they need", async () => {
  const store = new RedisStore({ client: inspector, prefix: uniquePrefix() });
  const id = legacyId();
  for (const attempt of [store.list("u1"), store.count("u1"), store.deleteAll("u1"), store.revoke("u1", id)]) {
    await expect(attempt).rejects.toThrow(/^option "userIdFrom" must/);
  }
});

test("a user id that cannot be one is an error of the application's", async () => {
  const { store, prefix } = open({ userIdFrom: () => "" });
  await expect(store.set(legacyId(), { browser: "Firefox" }, inSeconds(60))).rejects.toThrow(TypeError);
  expect(await keysUnder(inspector, `*${prefix}*`)).toEqual([]);
});
