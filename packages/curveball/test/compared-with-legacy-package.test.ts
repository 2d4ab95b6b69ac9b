// What the legacy package gets wrong about a session, and that this one does not. The legacy package runs beside it, so
// that each case is shown to be one.
import type { Context } from "@curveball/kernel";
import { RedisStore as LegacyStore } from "@curveball/session-redis";
import { createClient as createClient4 } from "redis-4";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { gate, handlers, serve } from "./support/app.js";
import { inSeconds, inspect, uniquePrefix, watched } from "./support/redis.js";

const inspector = inspect();
const client = createClient4({ url: inject("redisUrl") });
beforeAll(async () => {
  await client.connect();
});
afterAll(() => client.disconnect());

// Its declared client is that of its own copy of node-redis.
const legacy = (prefix = uniquePrefix()) => new LegacyStore({ prefix, client: client as never });
const ours = (prefix = uniquePrefix()) => new RedisStore({ prefix, client: inspector });
const both = [
  ["legacy", legacy],
  ["ours", ours],
] as const;

describe("a slow request that ends after a sign-out does not sign in again, and requests do not lose one another's changes", () => {
  const wait = (slow: ReturnType<typeof gate>) => ({
    ...handlers,
    "/slow": () => slow.pass(),
    "/slow-change": async (ctx: Context) => {
      await slow.pass();
      ctx.session["slow"] = true;
    },
    "/change": (ctx: Context) => {
      ctx.session["quick"] = true;
    },
  });

  test.each(both)("%s: a sign-out", async (whose, open) => {
    for (const path of ["/slow", "/slow-change"]) {
      const slow = gate();
      const browser = (await serve(open(), wait(slow))).browser();
      await browser.get("/sign-in");
      const pending = browser.get(path);
      await slow.reached;
      await browser.get("/sign-out");
      slow.open();
      await pending;
      const { body } = await browser.get("/show");
      if (whose === "legacy") expect(body).toMatchObject({ userId: "u1" });
      else expect(body).toEqual({});
    }
  });

  test.each(both)("%s: a change", async (whose, open) => {
    const slow = gate();
    const browser = (await serve(open(), wait(slow))).browser();
    await browser.get("/sign-in");
    const pending = browser.get("/slow-change");
    await slow.reached;
    await browser.get("/change");
    slow.open();
    await pending;
    const lost = { userId: "u1", slow: true };
    expect((await browser.get("/show")).body).toEqual(whose === "legacy" ? lost : { ...lost, quick: true });
  });
});

describe("a cookie cannot name another store's session", () => {
  test.each(both)("%s", async (whose, open) => {
    const prefix = uniquePrefix();
    const [site, admin] = [open(prefix), open(`${prefix}-admin`)];
    const id = await admin.newSessionId();
    await admin.set(id, { userId: "root" }, inSeconds(60));
    const browser = (await serve(site, handlers)).browser(`admin-${id}`);
    const { body } = await browser.get("/show");
    expect(body).toEqual(whose === "legacy" ? { userId: "root" } : {});
    expect(await admin.get(id)).toEqual({ userId: "root" });
  });

  test("ours: nor does any id of one store reach a key of the other", async () => {
    const sent: string[] = [];
    const noted = new Proxy(inspector, {
      get: (target, name) =>
        name === "get" ? (key: string) => sent.push(key) && target.get(key) : Reflect.get(target, name),
    });
    const store = new RedisStore({ prefix: "session", client: noted });
    const other = await new RedisStore({ prefix: "session-admin", client: noted }).newSessionId();
    for (const id of [`admin-${other}`, `admin-${other.slice(6)}`, `-${other}`, `_${other.slice(1)}=`])
      await store.get(id);
    // 43 characters are one id of this store; with the other prefix they would be too short for one.
    expect(sent).toEqual([`session-admin-${other.slice(6)}`]);
    expect(sent[0]).not.toHaveLength(`session-admin-${other}`.length);
  });
});

describe("an end in the past is the session's end", () => {
  const ends = [() => inSeconds(-1), () => inSeconds(0), () => 0, () => -1, () => Number.NaN];

  test("legacy: it is an error of Redis's, out of the middleware's finally", async () => {
    const app = await serve(legacy(), handlers, { expiry: 0 });
    expect((await app.browser().get("/sign-in")).status).toBe(500);
    expect(app.errors).toMatchObject([{ message: expect.stringContaining("invalid expire time") }]);
  });

  test("ours: it is gone, whatever it was", async () => {
    const app = await serve(ours(), handlers, { expiry: 0 });
    const browser = app.browser();
    expect((await browser.get("/sign-in")).status).toBe(200);
    expect((await browser.get("/show")).body).toEqual({});
    expect(app.errors).toEqual([]);

    const prefix = uniquePrefix();
    const store = ours(prefix);
    for (const end of ends) {
      for (const values of [{ a: 1 }, "loaded"] as const) {
        const id = await store.newSessionId();
        if (values === "loaded") await store.set(id, { a: 1 }, inSeconds(60));
        const given = values === "loaded" ? await store.get(id) : values;
        await store.set(id, given ?? {}, end());
        expect(await inspector.exists(`${prefix}-${id}`)).toBe(0);
      }
    }
  });

  test("ours: none is immortal", async () => {
    const prefix = uniquePrefix();
    const store = ours(prefix);
    for (const end of [Number.POSITIVE_INFINITY, 1e300, Number.MAX_SAFE_INTEGER]) {
      const id = await store.newSessionId();
      await store.set(id, { a: 1 }, end);
      const ttl = await inspector.ttl(`${prefix}-${id}`);
      expect(ttl).toBeGreaterThan(9 * 365 * 24 * 3600);
      expect(ttl).toBeLessThan(11 * 365 * 24 * 3600);
    }
  });
});

describe("a request that only reads writes nothing, and a session can be given a last end", () => {
  test("legacy: it writes the whole session again", async () => {
    const prefix = uniquePrefix();
    const browser = (await serve(legacy(prefix), handlers)).browser();
    await browser.get("/sign-in");
    await inspector.expire(`${prefix}-${browser.cookie}`, 3000);
    await browser.get("/show");
    expect(await inspector.ttl(`${prefix}-${browser.cookie}`)).toBeGreaterThan(3500);
  });

  test("ours: it does not", async () => {
    const prefix = uniquePrefix();
    const { client: noted, sent } = watched(inspector);
    const store = new RedisStore({ prefix, client: noted, absoluteTimeoutSeconds: 600 });
    const browser = (await serve(store, handlers)).browser();
    await browser.get("/sign-in");
    const key = `${prefix}-${browser.cookie}`;
    const end = await inspector.pexpiretime(key);
    expect(end).toBeLessThanOrEqual(Date.now() + 600_000);
    sent.length = 0;
    for (let n = 0; n < 10; n++) await browser.get("/show");
    expect(sent).toEqual(Array(10).fill("get"));
    expect(await inspector.pexpiretime(key)).toBe(end);
  });
});
