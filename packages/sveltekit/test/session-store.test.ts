// The store as an application uses it: inside requests of a running SvelteKit, on every client.
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { RedisSessionStore } from "../src/index.js";
import { type Connected, clients, inspect, keysUnder, unique } from "./support/clients.js";
import { nextMillisecond, Visitor } from "./support/kit.js";
import { secret } from "./support/secrets.js";
import { ada, type Data, storeOn } from "./support/session-store.js";

const inspector = inspect();

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
      await nextMillisecond();
    }
    const stranger = new Visitor();
    await stranger.inRequest(({ cookies }) => store.createSession(cookies, { email: "eve" }, "u2"));
    const [first, second, third] = visitors as [Visitor, Visitor, Visitor];
    const visitsOf = async (): Promise<unknown[]> =>
      ((await store.getSessionsByUserId("u1")).data ?? []).map(({ visits }) => visits);
    expect(await visitsOf()).toEqual([2, 1, 0]);
    await first.inRequest(({ cookies }) => store.updateSessionExpiry(cookies));
    expect(await visitsOf()).toEqual([0, 2, 1]);

    const listed = (await third.inRequest(({ cookies }) => store.listSessions("u1", { current: cookies }))).data ?? [];
    expect(listed.map(({ session, current }) => [session.visits, current])).toEqual([
      [0, false],
      [2, true],
      [1, false],
    ]);
    const handle = listed.find(({ session }) => session.visits === 1)?.handle ?? "";
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
