// The store as an application uses it: inside requests of a running SvelteKit, on every client.
import type { StoreClient } from "redis-keyspace";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { RedisSessionStore, type RedisSessionStoreOptions } from "../src/index.js";
import { type Connected, clients, inspect, keysUnder, unique } from "./support/clients.js";
import { kits, Visitor } from "./support/kit.js";
import { secret } from "./support/secrets.js";

interface Data extends Record<string, unknown> {
  email: string;
  visits?: number;
}

const inspector = inspect();
const ada: Data = { email: "ada@example.com" };

function storeOn(client: StoreClient, options: Partial<RedisSessionStoreOptions<Data>> = {}) {
  const prefix = unique();
  const store = new RedisSessionStore<Data>({
    redisClient: client,
    secret,
    prefix: `${prefix}:s:`,
    userSessionsPrefix: `${prefix}:u:`,
    ...options,
  });
  return { store, prefix };
}

describe.each(Object.entries(clients))("%s", (_, connect) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await connect(inject("redisUrl"));
  });
  afterAll(() => connected.close());

  test("a session from its start to its end", async () => {
    const { store } = storeOn(connected.client);
    const visitor = new Visitor();
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({
      data: null,
      error: true,
      code: "no-session",
    });

    const created = await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada));
    expect(created).toMatchObject({ error: false, code: "ok" });
    expect(decodeURIComponent(visitor.cookies.get("session") ?? "")).toBe(created.data?.finalKey);
    expect(visitor.setCookies).toEqual([
      expect.stringMatching(/^session=[^;]+; Max-Age=86400; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({
      data: ada,
      error: false,
      code: "ok",
    });
    expect(visitor.setCookies).toEqual([]);
    const id = created.data?.uniqueKey;
    expect(await visitor.inRequest(({ cookies }) => store._validateCookie(cookies))).toMatchObject({ data: id });

    const changed = { ...ada, visits: 1 };
    expect(await visitor.inRequest(({ cookies }) => store.updateSession(cookies, changed))).toMatchObject({
      code: "ok",
    });
    expect(visitor.setCookies).toHaveLength(1);
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: changed });
    expect(await visitor.inRequest(({ cookies }) => store.updateSessionExpiry(cookies))).toMatchObject({
      data: created.data?.finalKey,
      code: "ok",
    });
    expect(visitor.setCookies).toHaveLength(1);

    const copy = visitor.cookies.get("session") ?? "";
    expect(await visitor.inRequest(({ cookies }) => store.delSession(cookies))).toMatchObject({ data: id, code: "ok" });
    expect(visitor.cookies.size).toBe(0);
    visitor.cookies.set("session", copy);
    const answers = await visitor.inRequest(({ cookies }) =>
      Promise.all([
        store.getSession(cookies),
        store.updateSession(cookies, ada),
        store.updateSessionExpiry(cookies),
        store.delSession(cookies),
      ]),
    );
    for (const answer of answers) expect(answer).toMatchObject({ data: null, error: true, code: "expired" });
    // None of that changed the cookie, which is for the application to delete.
    expect(visitor.cookies.get("session")).toBe(copy);
    await visitor.inRequest(({ cookies }) => store.deleteCookie(cookies));
    expect(visitor.cookies.size).toBe(0);
  });

  test("the sessions of a user: listed, ended one by one, the others, all", async () => {
    const { store } = storeOn(connected.client);
    const visitors = [new Visitor(), new Visitor(), new Visitor()];
    for (const [visits, visitor] of visitors.entries()) {
      await visitor.inRequest(({ cookies }) => store.createSession(cookies, { ...ada, visits }, "u1"));
    }
    const stranger = new Visitor();
    await stranger.inRequest(({ cookies }) => store.createSession(cookies, { email: "eve" }, "u2"));
    const [first, second, third] = visitors as [Visitor, Visitor, Visitor];
    const visitsOf = async (): Promise<unknown[]> =>
      ((await store.getSessionsByUserId("u1")).data ?? []).map(({ visits }) => visits).sort();
    expect(await visitsOf()).toEqual([0, 1, 2]);

    const listed = (await store.listSessions("u1")).data ?? [];
    const handle = listed.find(({ data }) => data.visits === 1)?.handle ?? "";
    expect(await store.revokeSession("u2", handle)).toMatchObject({ code: "expired" });
    expect(await store.revokeSession("u1", handle)).toMatchObject({ code: "ok" });
    expect(await visitsOf()).toEqual([0, 2]);
    expect(await second.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ code: "expired" });

    await third.inRequest(({ cookies }) => store.deleteSessionsByUserId("u1", { except: cookies }));
    expect(await visitsOf()).toEqual([2]);
    expect(await first.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ code: "expired" });
    expect(await store.deleteSessionsByUserId("u1")).toMatchObject({ data: "u1", code: "ok" });
    expect(await visitsOf()).toEqual([]);
    expect(await third.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ code: "expired" });
    expect(await stranger.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ code: "ok" });
  });

  test("renewal before the end, and only then", async () => {
    const prefix = unique();
    const lasting = (maxAge: number, renewBeforeSeconds: number) =>
      new RedisSessionStore<Data>({
        redisClient: connected.client,
        secret,
        prefix: `${prefix}:s:`,
        userSessionsPrefix: `${prefix}:u:`,
        cookiesOptions: { maxAge },
        renewSessionBeforeExpire: true,
        renewBeforeSeconds,
      });
    const visitor = new Visitor();
    await visitor.inRequest(({ cookies }) => lasting(60, 30).createSession(cookies, ada, "u1"));
    expect(await visitor.inRequest(({ cookies }) => lasting(120, 30).getSession(cookies))).toMatchObject({ data: ada });
    expect(visitor.setCookies).toEqual([]);
    expect(await visitor.inRequest(({ cookies }) => lasting(120, 90).getSession(cookies))).toMatchObject({ data: ada });
    expect(visitor.setCookies).toEqual([expect.stringContaining("Max-Age=120")]);
    await lasting(60, 30).deleteSessionsByUserId("u1");
  });
});

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
    const codec = {
      seal: (text: string) => Buffer.from(text).toString("base64"),
      open: (sealed: string) => Buffer.from(sealed, "base64").toString(),
    };
    const { store, prefix } = storeOn(inspector, { codec });
    const visitor = new Visitor();
    await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"));
    const [key = ""] = await keysUnder(inspector, `${prefix}:s:`);
    expect(await inspector.get(key)).not.toContain("ada");
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

describe("what cannot be stored is answered, not thrown", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  const cases: [string, unknown, string | undefined][] = [
    ["circular data", circular, "u1"],
    ["a function", () => {}, "u1"],
    ["a bigint", { big: 1n }, "u1"],
    ["a reserved member", { _keyspaceUserId: "victim" }, undefined],
    ["a user id that is too long", ada, "u".repeat(513)],
  ];
  test.each(cases)("%s", async (_, data, userId) => {
    const { store, prefix } = storeOn(inspector);
    const visitor = new Visitor();
    expect(await visitor.inRequest(({ cookies }) => store.createSession(cookies, data as Data, userId))).toMatchObject({
      data: null,
      error: true,
      code: "invalid",
    });
    expect(visitor.cookies.size).toBe(0);
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });

  test.each([42, 42n, "", "u".repeat(513), undefined, { toString: () => "u1" }])(
    "a user id that cannot be one: nobody is told that its sessions have ended",
    async (userId) => {
      const { store } = storeOn(inspector);
      for (const answer of [
        await store.deleteSessionsByUserId(userId as string),
        await store.getSessionsByUserId(userId as string),
        await store.listSessions(userId as string),
        await store.revokeSession(userId as string, "handle"),
      ]) {
        expect(answer).toMatchObject({ data: null, error: true, code: "invalid" });
      }
    },
  );

  test("data that nobody can read", async () => {
    const { store, prefix } = storeOn(inspector);
    const visitor = new Visitor();
    const created = await visitor.inRequest(({ cookies }) => store.createNewSession(cookies, ada));
    await inspector.set(`${prefix}:s:${created.data?.uniqueKey}`, "{not JSON", "EX", 60);
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ code: "unreadable" });
    expect(
      await visitor.inRequest(({ cookies }) => store.updateSession(cookies, (data) => ({ ...data, visits: 1 }))),
    ).toMatchObject({ code: "unreadable" });
    expect(await visitor.inRequest(({ cookies }) => store.updateSession(cookies, ada))).toMatchObject({ code: "ok" });
    await visitor.inRequest(({ cookies }) => store.delSession(cookies));
  });
});

test("fifty changes at once count fifty", async () => {
  const { store } = storeOn(inspector);
  const visitor = new Visitor();
  await visitor.inRequest(({ cookies }) => store.createSession(cookies, { ...ada, visits: 0 }, "u1"));
  await visitor.inRequest(({ cookies }) =>
    Promise.all(
      Array.from({ length: 50 }, () =>
        store.updateSession(cookies, (data) => ({ ...data, visits: (data.visits ?? 0) + 1 })),
      ),
    ),
  );
  expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: { visits: 50 } });
  await store.deleteSessionsByUserId("u1");
});

test("a session that ends by itself is expired", async () => {
  const { store, prefix } = storeOn(inspector, { cookiesOptions: { maxAge: 1 } });
  const visitor = new Visitor();
  await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1"));
  await vi.waitUntil(async () => (await keysUnder(inspector, prefix)).length === 0, { timeout: 10_000, interval: 50 });
  expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ code: "expired" });
  expect((await store.getSessionsByUserId("u1")).data).toEqual([]);
});
