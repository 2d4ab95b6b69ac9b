// Side by side with the legacy package, during a rolling deploy.
import { RedisStore as LegacyStore } from "@curveball/session-redis";
import { createClient } from "redis-4";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { gate, handlers, serve } from "./support/app.js";
import { inSeconds, inspect, uniquePrefix } from "./support/redis.js";

const inspector = inspect();
const client = createClient({ url: inject("redisUrl") });
beforeAll(async () => {
  await client.connect();
});
afterAll(() => client.disconnect());

function both() {
  const prefix = uniquePrefix();
  const userIdFrom = ({ userId }: Record<string, unknown>) => userId as string | undefined;
  // Its declared client is that of its own copy of node-redis.
  const legacy = new LegacyStore({ prefix, client: client as never });
  return { legacy, ours: new RedisStore({ prefix, client: inspector, userIdFrom }), prefix };
}

const app = {
  ...handlers,
  "/token": async (ctx: Parameters<(typeof handlers)["/show"]>[0]) => await ctx.getCsrf(),
  "/change": (ctx: Parameters<(typeof handlers)["/show"]>[0]) => {
    ctx.session["changed"] = ((ctx.session["changed"] as number | undefined) ?? 0) + 1;
  },
};

test("who signed in at a legacy process stays signed in at a new one, and the other way round", async () => {
  const { legacy, ours, prefix } = both();
  const [before, after] = [await serve(legacy, app), await serve(ours, app)];
  const [first, second] = [before.browser(), after.browser()];
  await first.get("/sign-in");
  await second.get("/sign-in");
  expect(first.cookie).toMatch(/=$/);
  for (const [browser, other] of [
    [first, after],
    [second, before],
  ] as const) {
    const moved = other.browser(browser.cookie);
    const { body: token } = await moved.get("/token");
    await moved.get("/change");
    await browser.get("/change");
    expect((await moved.get("/show")).body).toEqual({ userId: "u1", "csrf-token": token, changed: 2 });
    expect((await browser.get("/show")).body).toEqual({ userId: "u1", "csrf-token": token, changed: 2 });
    const text = `{"userId":"u1","csrf-token":${JSON.stringify(token)},"changed":2}`;
    expect(await inspector.get(`${prefix}-${browser.cookie}`)).toBe(text);
  }
  expect(await ours.count("u1")).toBe(2);
  await after.browser(first.cookie).get("/sign-out");
  await before.browser(second.cookie).get("/sign-out");
  for (const { cookie } of [first, second]) {
    expect((await before.browser(cookie).get("/show")).body).toEqual({});
    expect((await after.browser(cookie).get("/show")).body).toEqual({});
  }
});

test("values are the same bytes, and so is their end", async () => {
  const { legacy, ours, prefix } = both();
  const values = { s: "é\u2028\n", n: 1.5, list: [], nested: { empty: {} }, none: null, left: undefined };
  const [legacyId, ourId, end] = [await legacy.newSessionId(), await ours.newSessionId(), inSeconds(3600)];
  await legacy.set(legacyId, values, end);
  await ours.set(ourId, values, end);
  const stored = (id: string) => inspector.get(`${prefix}-${id}`);
  expect(await stored(ourId)).toBe(await stored(legacyId));
  const [oldTtl, ourTtl] = [await inspector.ttl(`${prefix}-${legacyId}`), await inspector.ttl(`${prefix}-${ourId}`)];
  expect(Math.abs(oldTtl - ourTtl)).toBeLessThanOrEqual(1);
});

test("what a legacy process renewed past the end that we entered is listed again with its next request at a new one", async () => {
  const { legacy, ours, prefix } = both();
  const id = await ours.newSessionId();
  await ours.set(id, { userId: "u1" }, inSeconds(2));
  await legacy.set(id, { userId: "u1" }, inSeconds(600));
  await expect.poll(() => ours.count("u1"), { timeout: 10_000 }).toBe(0);
  const fresh = await serve(new RedisStore({ prefix, client: inspector, userIdFrom: () => "u1" }), app, {
    expiry: 600,
  });
  await fresh.browser(id).get("/show");
  expect(await ours.deleteAll("u1")).toBe(1);
  expect(await legacy.get(id)).toBeNull();
});

test("a sign-out at a legacy process is not undone by a slow request at a new one", async () => {
  const { legacy, ours } = both();
  const slow = gate();
  const after = await serve(ours, {
    ...app,
    "/slow": async (ctx) => {
      await slow.pass();
      ctx.session["late"] = true;
    },
  });
  const before = await serve(legacy, app);
  const browser = before.browser();
  await browser.get("/sign-in");
  const pending = after.browser(browser.cookie).get("/slow");
  await slow.reached;
  await browser.get("/sign-out");
  slow.open();
  await pending;
  expect((await before.browser(browser.cookie).get("/show")).body).toEqual({});
});
