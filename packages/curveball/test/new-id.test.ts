// Sessions that get a new id.
import { describe, expect, test } from "vitest";
import { RedisStore, type RedisStoreOptions } from "../src/index.js";
import { gate, handlers, serve } from "./support/app.js";
import { inspect, keysUnder, uniquePrefix } from "./support/redis.js";

const inspector = inspect();
const userIdFrom = ({ userId }: Record<string, unknown>) => userId as string | undefined;

function open(options: RedisStoreOptions = {}) {
  const prefix = uniquePrefix();
  return { store: new RedisStore({ prefix, client: inspector, ...options }), prefix };
}

describe.each([
  ["with userIdFrom", { userIdFrom }],
  ["without", {}],
])("%s", (_, options) => {
  test("it keeps the values and ends the old id", async () => {
    const { store } = open(options);
    const app = await serve(store, handlers);
    const browser = app.browser();
    await browser.get("/sign-in");
    const { cookie = "" } = browser;
    await browser.get("/regenerate");
    expect(browser.cookie).not.toBe(cookie);
    expect((await browser.get("/show")).body).toEqual({ userId: "u1" });
    expect((await app.browser(cookie).get("/show")).body).toEqual({});
  });

  test("it does not carry on a session that was ended meanwhile", async () => {
    const { store, prefix } = open(options);
    const slow = gate();
    const app = await serve(store, {
      ...handlers,
      "/slow": async (ctx) => {
        await slow.pass();
        ctx.sessionId = null;
      },
    });
    const browser = app.browser();
    await browser.get("/sign-in");
    const pending = browser.get("/slow");
    await slow.reached;
    await browser.get("/sign-out");
    slow.open();
    expect((await pending).status).toBe(200);
    expect(await keysUnder(inspector, `*${prefix}*`)).toEqual([]);
  });

  test("a sign-in counts, though the session before it was ended meanwhile", async () => {
    const { store } = open(options);
    const slow = gate();
    const app = await serve(store, {
      ...handlers,
      "/visit": (ctx) => {
        ctx.session["visits"] = 1;
      },
      "/slow-sign-in": async (ctx) => {
        await slow.pass();
        ctx.sessionId = null;
        ctx.session["userId"] = "u2";
      },
    });
    const browser = app.browser();
    await browser.get("/visit");
    const pending = browser.get("/slow-sign-in");
    await slow.reached;
    await store.delete(browser.cookie ?? "");
    slow.open();
    await pending;
    expect((await browser.get("/show")).body).toEqual({ visits: 1, userId: "u2" });
  });

  test("of requests that ask for one at the same time, one gets it", async () => {
    const { store, prefix } = open(options);
    const all = gate();
    let waiting = 0;
    const app = await serve(store, {
      ...handlers,
      "/regenerate": async (ctx) => {
        ctx.sessionId = null;
        if (++waiting === 3) all.open();
        await all.pass();
      },
    });
    const browser = app.browser();
    await browser.get("/sign-in");
    const tabs = [1, 2, 3].map(() => app.browser(browser.cookie));
    await Promise.all(tabs.map((tab) => tab.get("/regenerate")));
    const signedIn = await Promise.all(tabs.map(async (tab) => (await tab.get("/show")).body));
    expect(signedIn.filter((values) => JSON.stringify(values) === '{"userId":"u1"}')).toHaveLength(1);
    expect(await keysUnder(inspector, `${prefix}-*`)).toHaveLength(1);
  });
});
