// Beside connect-redis, each of its last majors: the same keys and values, both ways, and its own published test.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import LegacyStore7 from "connect-redis-7";
import { RedisStore as LegacyStore9 } from "connect-redis-9";
import { RedisStore as LegacyStore10 } from "connect-redis-10";
import { createClient } from "redis";
import { afterAll, describe, expect, inject, onTestFinished, test, vi } from "vitest";
import { RedisStore } from "../src/index.js";
import { type App, handlers, serve } from "./support/app.js";
import { inspect, uniquePrefix, userIdFrom } from "./support/redis.js";

const inspector = inspect();
const { resolve } = createRequire(import.meta.url);
const nodeRedis = await createClient({ url: inject("redisUrl") }).connect();
afterAll(() => nodeRedis.destroy());

const legacyStores = {
  "connect-redis 7": (prefix: string) => new LegacyStore7({ client: inspector, prefix }),
  "connect-redis 9": (prefix: string) => new LegacyStore9({ client: nodeRedis, prefix }),
  "connect-redis 10": (prefix: string) => new LegacyStore10({ client: nodeRedis, prefix }),
};

describe.each(Object.entries(legacyStores))("beside %s", (_, openLegacy) => {
  async function both() {
    const prefix = uniquePrefix();
    const options = { cookie: { maxAge: 100_000 } };
    const store = new RedisStore({ client: inspector, prefix, userIdFrom, touchAfterSeconds: 0 });
    const old = await serve(openLegacy(prefix), handlers, options);
    const ours = await serve(store, handlers, options);
    return { prefix, store, old, ours };
  }

  test("a rolling swap signs nobody out, and each reads what the other wrote", async () => {
    const { store, old, ours } = await both();
    const show = async (app: App, id: string | undefined) => (await app.browser(id).get("/show")).body;
    for (const [first, second] of [
      [old, ours],
      [ours, old],
    ] as const) {
      const browser = first.browser();
      await browser.get("/sign-in?n=1");
      expect(await show(second, browser.id)).toEqual({ userId: "u1", n: 1 });
      await second.browser(browser.id).get("/change?n=2");
      expect(await show(first, browser.id)).toEqual({ userId: "u1", n: 2 });
      await first.browser(browser.id).get("/change?n=3");
      expect(await show(second, browser.id)).toEqual({ userId: "u1", n: 3 });
      // Once a new process has seen it used, it is listed.
      expect((await store.list("u1", { current: browser.id })).filter(({ current }) => current)).toHaveLength(1);
      await second.browser(browser.id).get("/sign-out");
      expect(await show(first, browser.id)).toEqual({});
    }
    expect([...old.errors, ...ours.errors]).toEqual([]);
  });

  test("keys, values and ends are the same, byte for byte", async () => {
    const { prefix, store } = await both();
    const legacy = openLegacy(prefix);
    const expires = new Date(Date.now() + 60_000);
    const session = {
      cookie: { originalMaxAge: 60_000, expires, httpOnly: true, path: "/" },
      userId: "u1",
      a: [1, { b: null }],
    };
    const [one, other] = ["one", "other"];
    await store.set(one, session);
    await legacy.set(other, session);
    const [text, legacyText] = await inspector.mget(prefix + one, prefix + other);
    expect(text).toBe(legacyText);
    const [ttl, legacyTtl] = await Promise.all([inspector.ttl(prefix + one), inspector.ttl(prefix + other)]);
    expect(Math.abs(ttl - legacyTtl)).toBeLessThanOrEqual(1);
    expect((await store.ids()).sort()).toEqual([one, other]);
  });
});

test("connect-redis's own published test passes on this store", async () => {
  const folder = fileURLToPath(new URL("../node_modules/.cache/connect-redis-test/", import.meta.url));
  const published = readFileSync(join(dirname(resolve("connect-redis-10")), "../index_test.ts"), "utf8");
  const url = new URL(inject("redisUrl"));
  const source = published
    .replace('import {RedisStore} from "./"', "const {RedisStore} = globalThis.underTest")
    .replace('import * as redisSrv from "./testdata/server"', "const {redisSrv} = globalThis.underTest")
    .replace('import {expect, test} from "vitest"', "const {expect, test} = globalThis.underTest");
  expect(source).not.toMatch(/from "(\.\/|vitest)/);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(`${folder}index_test.ts`, source);
  const cases = new Map<string, () => unknown>();
  const underTest = {
    RedisStore,
    expect,
    test: (name: string, run: () => unknown) => cases.set(name, run),
    redisSrv: { port: url.port, connect: () => {}, disconnect: () => {} },
  };
  vi.stubGlobal("underTest", underTest);
  onTestFinished(() => void vi.unstubAllGlobals());
  await import(`${folder}index_test.ts`);
  expect([...cases.keys()]).toEqual(["setup", "defaults", "redis", "teardown"]);
  for (const run of cases.values()) await run();
});
