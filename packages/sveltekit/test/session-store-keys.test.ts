// The keys that the store writes.
import { describe, expect, test } from "vitest";
import { RedisSessionStore } from "../src/index.js";
import { inspect, keysUnder, unique } from "./support/clients.js";
import { Visitor } from "./support/kit.js";
import { secret } from "./support/secrets.js";
import { ada, type Data, storeOn } from "./support/session-store.js";

const inspector = inspect();

describe("the keys", () => {
  test("are the default ones of the article, with the data as it stands and the TTL of the cookie", async () => {
    const store = new RedisSessionStore<Data>({ redisClient: inspector, secret, cookiesOptions: { maxAge: 600 } });
    const visitor = new Visitor();
    const created = await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada));
    const key = `sk-session:${created.data?.uniqueKey}`;
    expect(await inspector.get(key)).toBe(JSON.stringify(ada));
    const ttl = await inspector.pttl(key);
    expect(ttl).toBeGreaterThan(590_000);
    expect(ttl).toBeLessThanOrEqual(600_000);
    await visitor.inRequest(({ cookies }) => store.delSession(cookies));
    expect(await inspector.exists(key)).toBe(0);
  });

  test("leave nothing behind", async () => {
    const { store, prefix } = storeOn(inspector);
    const visitor = new Visitor();
    await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"));
    expect(await keysUnder(inspector, prefix)).toHaveLength(2);
    await visitor.inRequest(({ cookies }) => store.delSession(cookies));
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test("with useTTL false a session outlives its cookie's age, and ends all the same", async () => {
    const { store, prefix } = storeOn(inspector, { useTTL: false });
    await new Visitor().inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"));
    for (const key of await keysUnder(inspector, prefix)) {
      expect(await inspector.ttl(key)).toBeGreaterThan(399 * 86_400);
      expect(await inspector.ttl(key)).toBeLessThanOrEqual(400 * 86_400);
    }
    await store.deleteSessionsByUserId("u1");
  });

  test("with useTTL false the cookie is still renewed before it ends", async () => {
    const prefix = unique();
    const renewing = (renewBeforeSeconds: number) =>
      new RedisSessionStore<Data>({
        ...{ redisClient: inspector, secret, prefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` },
        ...{ cookiesOptions: { maxAge: 60 }, useTTL: false, renewSessionBeforeExpire: true, renewBeforeSeconds },
      });
    const visitor = new Visitor();
    await visitor.inRequest(({ cookies }) => renewing(30).createSession(cookies, ada, "u1"));
    await visitor.inRequest(({ cookies }) => renewing(30).getSession(cookies));
    expect(visitor.setCookies).toEqual([]);
    await visitor.inRequest(({ cookies }) => renewing(60).getSession(cookies));
    expect(visitor.setCookies).toEqual([expect.stringContaining("Max-Age=60")]);
    await renewing(30).deleteSessionsByUserId("u1");
  });

  test("a key of the caller's is used once", async () => {
    const { store, prefix } = storeOn(inspector);
    const visitor = new Visitor();
    const key = unique();
    await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada, key));
    expect(await inspector.exists(`${prefix}:s:${key}`)).toBe(1);
    const again = new Visitor();
    expect(await again.inRequest(({ cookies }) => store.createNewSession(cookies, ada, key))).toMatchObject({
      code: "exists",
    });
    expect(again.cookies.size).toBe(0);
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: ada });
    await visitor.inRequest(({ cookies }) => store.delSession(cookies));
  });
});
