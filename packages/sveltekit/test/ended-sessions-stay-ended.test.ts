// What the legacy package gets wrong and this one does not: what has ended stays so, and lists hold who is signed in.
// The legacy package runs beside it, so that each case is shown to be one.
import type { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { RedisSessionStore } from "../src/v1.js";
import { ada, both, type Data, inspector, signedIn, theirsAsOurs } from "./support/beside-legacy-package.js";
import { keysUnder } from "./support/clients.js";
import { Visitor } from "./support/kit.js";
import { legacy } from "./support/legacy-package.js";
import { secret } from "./support/secrets.js";

describe("S1: an update does not bring back a session that was signed out", () => {
  test("legacy: it does, and it is not listed any more", async () => {
    const { store, sessionPrefix } = both().theirs;
    const [, replay] = await signedIn(theirsAsOurs(store));
    await store.deleteSessionsByUserId("u1");
    await replay.inRequest(({ cookies }) => store.updateSession(cookies, ada));
    expect(await keysUnder(inspector, sessionPrefix)).toHaveLength(1);
    expect((await store.getSessionsByUserId("u1")).data).toEqual([]);
  });

  test("ours: it does not", async () => {
    const { store, sessionPrefix } = both().ours;
    const [, replay] = await signedIn(store);
    await store.deleteSessionsByUserId("u1");
    for (const update of [ada, (data: Data) => data]) {
      expect(await replay.inRequest(({ cookies }) => store.updateSession(cookies, update))).toMatchObject({
        code: "expired",
      });
    }
    expect(await replay.inRequest(({ cookies }) => store.updateSessionExpiry(cookies))).toMatchObject({
      code: "expired",
    });
    expect(await keysUnder(inspector, sessionPrefix)).toEqual([]);
  });
});

describe("S6: ending a session takes it out of the index, and the index ends", () => {
  test("legacy: it stays there, for ever", async () => {
    const { store, userSessionsPrefix } = both().theirs;
    const [visitor] = await signedIn(theirsAsOurs(store));
    await visitor.inRequest(({ cookies }) => store.deleteSession(cookies));
    expect(await inspector.scard(`${userSessionsPrefix}:u1`)).toBe(1);
    expect(await inspector.pttl(`${userSessionsPrefix}:u1`)).toBe(-1);
    await store.deleteSessionsByUserId("u1");
  });

  test("ours", async () => {
    const { store, sessionPrefix, userSessionsPrefix } = both({ cookiesOptions: { maxAge: 600 } }).ours;
    const [visitor] = await signedIn(store);
    const keys = [`${userSessionsPrefix}:u1`, `index:${userSessionsPrefix}:u1`];
    for (const key of keys) expect(await inspector.pttl(key)).toBeGreaterThan(0);
    await visitor.inRequest(({ cookies }) => store.deleteSession(cookies));
    expect(await inspector.exists(...keys)).toBe(0);
    expect(await keysUnder(inspector, sessionPrefix)).toEqual([]);
  });
});

describe("S9: a sign-in during a sign-out everywhere is signed out, or listed", () => {
  /** A client on which a session is started between the reading of a set and what follows. */
  function racing(start: () => Promise<unknown>): Redis {
    return new Proxy(inspector, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        const method = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
        if (name !== "smembers") return method;
        return async (...args: unknown[]) => {
          const members = await method(...args);
          await start();
          return members;
        };
      },
    });
  }

  test("legacy: it is neither", async () => {
    const { store, ...names } = both().theirs;
    await signedIn(theirsAsOurs(store));
    const late = new Visitor();
    const client = racing(() => late.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1")));
    await new legacy.IoRedisSessionStore({ redisClient: client as never, secret, ...names }).deleteSessionsByUserId(
      "u1",
    );
    await store.deleteSessionsByUserId("u1");
    expect(await late.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ data: ada });
  });

  test("ours", async () => {
    const { store } = both({ legacyIndex: false }).ours;
    for (let round = 0; round < 50; round++) {
      const during = new Visitor();
      await signedIn(store);
      await Promise.all([
        during.inRequest(({ cookies }) => store.createSession(cookies, ada, "u1")),
        store.deleteSessionsByUserId("u1"),
      ]);
      const live = (await during.inRequest(({ cookies }) => store.getSession(cookies))).error ? 0 : 1;
      expect((await store.getSessionsByUserId("u1")).data).toHaveLength(live);
      await store.deleteSessionsByUserId("u1");
      expect(await during.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ error: true });
    }
  });
});

describe("S13: sessions of nobody are not one user's", () => {
  test("legacy: they share an index", async () => {
    const { store, userSessionsPrefix } = both().theirs;
    await new Visitor().inRequest(({ cookies }) => store.createSession(cookies, ada, "" as never));
    expect(await inspector.exists(`${userSessionsPrefix}:`)).toBe(1);
    await store.deleteSessionsByUserId("");
  });

  test.each([undefined, null, ""])("ours, with %j", async (userId) => {
    const { store, sessionPrefix, userSessionsPrefix } = both().ours;
    const visitor = new Visitor();
    expect(await visitor.inRequest(({ cookies }) => store.createSession(cookies, ada, userId))).toMatchObject({
      code: "ok",
    });
    expect(await keysUnder(inspector, sessionPrefix)).toHaveLength(1);
    expect(await keysUnder(inspector, userSessionsPrefix)).toEqual([]);
    expect(await keysUnder(inspector, `index:${userSessionsPrefix}`)).toEqual([]);
    await store.deleteSessionsByUserId("");
    expect(await visitor.inRequest(({ cookies }) => store.getSession(cookies))).toMatchObject({ code: "ok" });
    await visitor.inRequest(({ cookies }) => store.deleteSession(cookies));
  });
});

test("S14: two stores with names of their own do not see each other, and names in each other are refused", async () => {
  const [members, admins] = [both().ours, both().ours];
  const [visitor] = await signedIn(members.store);
  expect(await visitor.inRequest(({ cookies }) => admins.store.getSession(cookies))).toMatchObject({ code: "expired" });
  await admins.store.deleteSessionsByUserId("u1");
  expect(await visitor.inRequest(({ cookies }) => members.store.getSession(cookies))).toMatchObject({ code: "ok" });
  await members.store.deleteSessionsByUserId("u1");
  const clashing = { redisClient: inspector, secret, sessionPrefix: "same", userSessionsPrefix: "same" };
  expect(() => new RedisSessionStore(clashing)).toThrow('option "sessionPrefix"');
});
