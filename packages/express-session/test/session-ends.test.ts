// When sessions end, and which requests move that.
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { RedisStoreOptions } from "../src/index.js";
import { handlers, save, serve } from "./support/app.js";
import { inspect, keysUnder, openStore, watched } from "./support/redis.js";

const inspector = inspect();
const DAY = 86_400_000;

const open = (options: Partial<RedisStoreOptions> = {}) => openStore({ client: inspector, ...options });

/** A session of this store, and how long it has left, in milliseconds. */
async function stored(options: Partial<RedisStoreOptions>, session: object) {
  const { store, key } = open(options);
  await store.set("a", { cookie: { originalMaxAge: null }, ...session });
  return { store, left: () => inspector.pttl(key("a")) };
}

describe("a session lasts", () => {
  test("a day, or the ttl, where its cookie says nothing", async () => {
    expect(await (await stored({}, {})).left()).toBeGreaterThan(DAY - 5000);
    expect(await (await stored({ ttl: 60 }, {})).left()).toBeLessThanOrEqual(60_000);
  });

  test("as long as its cookie, or as the function says", async () => {
    const cookie = { originalMaxAge: 5000, expires: new Date(Date.now() + 5000) };
    expect(await (await stored({ ttl: 60 }, { cookie })).left()).toBeLessThanOrEqual(5000);
    const ttl = ({ n = 0 }: { n?: number }) => n;
    expect(await (await stored({ ttl }, { cookie, n: 100 })).left()).toBeGreaterThan(90_000);
    expect(await (await stored({ ttl }, { cookie, n: -1 })).left()).toBe(-2);
    expect(await (await stored({ ttl }, { cookie, n: Number.NaN })).left()).toBe(-2);
  });

  test("not at all when its cookie's end has passed, or is no time", async () => {
    for (const expires of [new Date(0), new Date(Number.NaN), "nonsense" as unknown as Date]) {
      const { store, left } = await stored({}, {});
      await store.set("a", { cookie: { originalMaxAge: 1, expires } });
      expect(await left()).toBe(-2);
    }
  });

  test("ten years at most, with disableTTL always", async () => {
    const cookie = { originalMaxAge: 5000, expires: new Date(Date.now() + 5000) };
    for (const { left } of [
      await stored({ disableTTL: true }, { cookie }),
      await stored({ ttl: () => Number.POSITIVE_INFINITY }, { cookie }),
    ]) {
      expect(await left()).toBeGreaterThan(3600 * DAY);
    }
  });

  test("no longer than the absolute timeout, however often it is used, and a new user starts it anew", async () => {
    const { store, key } = open({ absoluteTimeoutSeconds: 100, touchAfterSeconds: 0 });
    const app = await serve(store, {
      ...handlers,
      "/become": (req) => void Object.assign(req.session, { userId: "u2" }),
    });
    const browser = app.browser();
    await browser.get("/sign-in");
    const endsAt = async () => {
      const text = (await inspector.get(key(browser.id))) ?? "";
      return (JSON.parse(text) as { "redis-keyspace": { endsAt: number } })["redis-keyspace"].endsAt;
    };
    const first = await endsAt();
    for (const path of ["/show", "/change?n=2"]) await browser.get(path);
    expect([await endsAt(), await inspector.pttl(key(browser.id))]).toEqual([first, expect.toSatisfy(below(100_000))]);
    expect((await browser.get("/show")).body).toEqual({ userId: "u1", n: 2 });
    await setTimeout(2);
    await browser.get("/become");
    expect(await endsAt()).toBeGreaterThan(first);
  });

  test("no longer than the absolute timeout, though an old process wrote it anew", async () => {
    const { store, key } = open({ absoluteTimeoutSeconds: 100 });
    const ended = { cookie: { originalMaxAge: null }, userId: "u1", "redis-keyspace": { endsAt: Date.now() - 1 } };
    await inspector.set(key("a"), JSON.stringify(ended), "EX", 100);
    expect(await store.get("a")).toBeNull();
  });

  test("shortly while it is nobody's, and its full time from a sign-in on", async () => {
    const { store, key, prefix } = open({ anonymousTimeoutSeconds: 60 });
    const app = await serve(store, handlers, { saveUninitialized: true });
    const browser = app.browser();
    await Promise.all([browser.get("/show"), ...Array.from({ length: 20 }, () => app.browser().get("/show"))]);
    const keys = await keysUnder(inspector, `${prefix}*`);
    expect(keys).toHaveLength(21);
    for (const each of keys) expect(await inspector.pttl(each)).toBeLessThanOrEqual(60_000);
    await browser.get("/sign-in");
    expect(await inspector.pttl(key(browser.id))).toBeGreaterThan(DAY - 5000);
  });

  test("shortly while it holds nothing, without userIdFrom", async () => {
    const options = { anonymousTimeoutSeconds: 60, userIdFrom: undefined };
    expect(await (await stored(options, {})).left()).toBeLessThanOrEqual(60_000);
    expect(await (await stored(options, { n: 1 })).left()).toBeGreaterThan(DAY - 5000);
  });
});

const below = (limit: number) => (value: number) => value <= limit;

describe("a request that changes nothing", () => {
  async function visit(options: Partial<RedisStoreOptions>, rolling = false) {
    const { client, sent } = watched(inspector);
    const { store, key } = openStore({ client, ...options });
    const app = await serve(store, handlers, { cookie: { maxAge: 100_000 }, rolling, resave: rolling });
    const browser = app.browser();
    await browser.get("/sign-in");
    const shorten = (ms: number) => inspector.pexpire(key(browser.id), ms);
    return { store, browser, sent, shorten, left: () => inspector.pttl(key(browser.id)), app, client, key };
  }

  test("writes nothing within the touch window, also with resave and rolling", async () => {
    for (const rolling of [false, true]) {
      const { browser, sent } = await visit({}, rolling);
      sent.length = 0;
      for (let n = 0; n < 5; n++) expect((await browser.get("/show")).body).toEqual({ userId: "u1", n: 0 });
      expect(sent).toEqual(Array(5).fill("get"));
    }
  });

  test("moves the end once it is due, for every process", async () => {
    const { browser, sent, shorten, left, client, store } = await visit({ touchAfterSeconds: 30 });
    await shorten(60_000);
    const other = await serve(openStore({ client, prefix: store.prefix, touchAfterSeconds: 30 }).store, handlers, {
      cookie: { maxAge: 100_000 },
    });
    await other.browser(browser.id).get("/show");
    expect(await left()).toBeGreaterThan(95_000);
    sent.length = 0;
    await other.browser(browser.id).get("/show");
    expect(sent).toEqual(["get"]);
  });

  test("moves the end each time with touchAfterSeconds: 0, and never with disableTouch", async () => {
    const eager = await visit({ touchAfterSeconds: 0 });
    await eager.shorten(60_000);
    await eager.browser.get("/show");
    expect(await eager.left()).toBeGreaterThan(95_000);
    const off = await visit({ disableTouch: true });
    await off.shorten(60_000);
    off.sent.length = 0;
    await off.browser.get("/show");
    expect([off.sent, await off.left()]).toEqual([["get"], expect.toSatisfy(below(60_000))]);
  });

  test("stores a cookie that it changed, so that the next one knows", async () => {
    const { store, key } = open();
    const app = await serve(
      store,
      { ...handlers, "/remember": (req) => void Object.assign(req.session.cookie, { maxAge: 5_000_000 }) },
      { cookie: { maxAge: 100_000 } },
    );
    const browser = app.browser();
    await browser.get("/sign-in");
    await browser.get("/remember");
    await browser.get("/show");
    expect(await inspector.pttl(key(browser.id))).toBeGreaterThan(4_900_000);
    // express-session computes it from the end that it has made of it, which may be a millisecond later.
    const originalMaxAge: unknown = expect.toSatisfy((age) => age > 4_999_900 && age <= 5_000_000);
    expect(await store.get(browser.id ?? "")).toMatchObject({ cookie: { originalMaxAge } });
  });

  test("does not wear its cookie's age away", async () => {
    const { store, key } = open({ touchAfterSeconds: 0 });
    const app = await serve(store, { ...handlers, "/save": save }, { cookie: { maxAge: 100_000 } });
    const browser = app.browser();
    await browser.get("/sign-in");
    for (let n = 1; n < 10; n++) await browser.get(`/change?n=${n}`);
    const text = (await inspector.get(key(browser.id))) ?? "";
    expect(JSON.parse(text)).toMatchObject({
      n: 9,
      cookie: { originalMaxAge: expect.toSatisfy((age) => age > 99_990) },
    });
  });
});

test("sessions that are not written cost nothing", async () => {
  const { client, sent } = watched(inspector);
  const app = await serve(openStore({ client }).store, handlers);
  const { setCookie } = await app.browser().get("/show");
  await app.browser("never-stored").get("/show");
  expect([setCookie, sent]).toEqual([[], ["get"]]);
});
