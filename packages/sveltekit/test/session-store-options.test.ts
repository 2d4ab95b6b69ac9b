// What each option of the store does, and which options are refused.
import { seal } from "redis-keyspace/sealing";
import { describe, expect, test } from "vitest";
import { RedisSessionStore, type RedisSessionStoreOptions } from "../src/index.js";
import { inspect, keysUnder, unique } from "./support/clients.js";
import { kits, Visitor } from "./support/kit.js";
import { secret } from "./support/secrets.js";
import { ada, type Data, storeOn } from "./support/session-store.js";

const inspector = inspect();

describe("options", () => {
  test("encrypted: the cookie shows nothing, and signs in", async () => {
    const { store } = storeOn(inspector, { encrypted: true });
    const visitor = new Visitor();
    const created = await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada));
    const cookie = visitor.cookies.get("session") ?? "";
    for (const part of cookie.split(".")) {
      expect(Buffer.from(part, "base64url").toString("latin1")).not.toContain(created.data?.uniqueKey);
    }
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: ada });
    await visitor.inRequest(({ cookies }) => store.delSession(cookies));
  });

  test("cookiesOptions: what is undefined has its default", async () => {
    const cookiesOptions = { maxAge: undefined, path: undefined, httpOnly: undefined, sameSite: undefined };
    const { store } = storeOn(inspector, { cookiesOptions: { ...cookiesOptions, domain: "app.example" } });
    const visitor = new Visitor();
    await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada));
    expect(visitor.setCookies).toEqual([
      expect.stringMatching(/; Max-Age=86400; Domain=app.example; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);
    await visitor.inRequest(({ cookies }) => store.delSession(cookies));
    expect(visitor.setCookies).toEqual([expect.stringMatching(/Max-Age=0; Domain=app.example; Path=\//)]);
  });

  test.each(kits)("cookiesOptions: a part of a second is left out, in %s", async (kit) => {
    const { store } = storeOn(inspector, { cookiesOptions: { maxAge: 90.5 } });
    const visitor = new Visitor(kit);
    await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada));
    expect(visitor.setCookies).toEqual([expect.stringContaining("; Max-Age=90;")]);
    await visitor.inRequest(({ cookies }) => store.delSession(cookies));
  });

  test("signed false: the cookie is the id", async () => {
    const { store } = storeOn(inspector, { signed: false });
    const visitor = new Visitor();
    const created = await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada));
    expect(visitor.cookies.get("session")).toBe(created.data?.uniqueKey);
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: ada });
    await visitor.inRequest(({ cookies }) => store.delSession(cookies));
  });

  test("hashIds: no id is in Redis, and what is listed can revoke and not sign in", async () => {
    const { store, prefix } = storeOn(inspector, { hashIds: true, signed: false });
    const visitor = new Visitor();
    await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"));
    const id = visitor.cookies.get("session") ?? "";
    const keys = await keysUnder(inspector, prefix);
    expect(keys.join() + (await inspector.zrange(`${prefix}:u:u1`, 0, "-1")).join()).not.toContain(id);
    const [listed] = (await store.listSessions("u1")).data ?? [];
    const thief = new Visitor();
    thief.cookies.set("session", listed?.handle ?? "");
    expect(await thief.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ code: "expired" });
    expect(await store.revokeSession("u1", listed?.handle ?? "")).toMatchObject({ code: "ok" });
  });

  test("codec: what is stored is sealed, and renewed", async () => {
    const { store, prefix } = storeOn(inspector, { codec: seal(secret) });
    const visitor = new Visitor();
    await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"));
    const [key = ""] = await keysUnder(inspector, `${prefix}:s:`);
    expect(await inspector.get(key)).not.toContain("ada");
    const plain = storeOn(inspector, { prefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` }).store;
    expect(await visitor.inRequest(({ cookies }) => plain.getSession(cookies))).toMatchObject({ code: "expired" });
    expect((await plain.getSessionsByUserId("u1")).data).toEqual([]);
    expect(await visitor.inRequest(({ cookies }) => store.updateSessionExpiry(cookies))).toMatchObject({ code: "ok" });
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: ada });
    expect((await store.getSessionsByUserId("u1")).data).toEqual([ada]);
    await store.deleteSessionsByUserId("u1");
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test("a serializer of its own, also one that does not write JSON objects", async () => {
    const serializer = {
      stringify: (data: unknown) => `1:${JSON.stringify(data)}`,
      parse: (text: string): unknown => JSON.parse(text.slice(2)),
    };
    const { store } = storeOn(inspector, { serializer });
    for (const userId of ["u1", undefined]) {
      const visitor = new Visitor();
      await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, userId));
      expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: ada });
      await visitor.inRequest(({ cookies }) => store.delSession(cookies));
    }
    expect((await store.getSessionsByUserId("u1")).data).toEqual([]);
  });

  test("userIdFrom: sessions without a user id are listed under what their data says", async () => {
    const { store, prefix } = storeOn(inspector, { userIdFrom: ({ email }) => email });
    const visitor = new Visitor();
    const created = await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada));
    expect((await store.getSessionsByUserId(ada.email)).data).toEqual([ada]);
    // One that an older version wrote is entered when it is renewed.
    const older = unique();
    await inspector.set(`${prefix}:s:${older}`, JSON.stringify({ ...ada, visits: 7 }), "EX", 60);
    await visitor.inRequest(({ cookies }) => store.updateSessionExpiry(cookies, true, older));
    expect((await store.getSessionsByUserId(ada.email)).data).toHaveLength(2);
    await store.deleteSessionsByUserId(ada.email);
    expect(await inspector.exists(`${prefix}:s:${created.data?.uniqueKey}`, `${prefix}:s:${older}`)).toBe(0);
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test("maxSessionsPerUser", async () => {
    const { store } = storeOn(inspector, { maxSessionsPerUser: 1, whenFull: "reject" });
    const [first, second] = [new Visitor(), new Visitor()];
    await first.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"));
    expect(await second.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"))).toMatchObject({
      code: "limit",
    });
    expect(second.cookies.size).toBe(0);
    await store.deleteSessionsByUserId("u1");
  });

  const bad: [string, Record<string, unknown>, string][] = [
    ["no client", { redisClient: undefined }, "redisClient"],
    ["no secret", { secret: undefined }, "secret"],
    ["a weak secret", { secret: "your-secret-key" }, "secret"],
    ["a cookie name that is none", { cookieName: "a b" }, "cookieName"],
    ["a cookie option that is none", { cookiesOptions: { maxage: 1 } }, "cookiesOptions.maxage"],
    ["a lifetime of nothing", { cookiesOptions: { maxAge: 0 } }, "cookiesOptions.maxAge"],
    ["signed", { signed: "yes" }, "signed"],
    [
      "older cookies that could not be told apart",
      { signed: false, legacyCookies: { forms: ["signed"] } },
      "legacyCookies",
    ],
    ["useTTL", { useTTL: 1 }, "useTTL"],
    ["a renewal at no time", { renewBeforeSeconds: 0 }, "renewBeforeSeconds"],
    ["a serializer that cannot parse", { serializer: { stringify: String } }, "serializer.parse"],
    ["userIdFrom", { userIdFrom: "email" }, "userIdFrom"],
    ["a prefix that is no string", { prefix: 1 }, "prefix"],
    ["prefixes in each other", { prefix: "a:", userSessionsPrefix: "a:b:" }, "prefix"],
    ["a misspelt option", { cookiename: "x" }, "cookiename"],
  ];
  test.each(bad)("%s is refused at construction, by name", (_, options, name) => {
    const make = (): unknown =>
      new RedisSessionStore({
        redisClient: inspector,
        secret,
        ...options,
      } as unknown as RedisSessionStoreOptions<Data>);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`option "${name}`);
  });
});
