// What Lucia 2 is given, method by method.
import { Redis } from "ioredis";
import { type InitializeAdapter, LuciaError, type SessionAdapter } from "lucia-2";
import { describe, expect, expectTypeOf, inject, test } from "vitest";
import redis, { ioredis, redis as named, upstash } from "../../src/index.js";
import { inspect, keysUnder, uniquePrefixes } from "../support/clients.js";
import { luciaSession } from "../support/lucia-2.js";

const inspector = inspect();

test("one function under the names of the package it replaces", () => {
  expect([named, ioredis, upstash]).toEqual([redis, redis, redis]);
});

test("Lucia 2's own types take it", () => {
  expectTypeOf(redis).returns.toExtend<InitializeAdapter<SessionAdapter>>();
  expectTypeOf(redis(inspector)).toExtend<InitializeAdapter<SessionAdapter & { deleteSession: unknown }>>();
});

test("Lucia spreads it, so its methods are properties of its own", () => {
  expect(Object.keys(redis(inspector)(LuciaError)).sort()).toEqual([
    "deleteSession",
    "deleteSessionsByUserId",
    "getSession",
    "getSessionsByUserId",
    "setSession",
    "updateSession",
  ]);
});

describe("the session adapter", () => {
  const prefixes = uniquePrefixes();
  const adapter = redis(inspector, prefixes)(LuciaError);

  test("stores a session as JSON under its id, until it ends", async () => {
    const session = { country: "NL", ...luciaSession() };
    await adapter.setSession(session);
    expect(await inspector.get(`${prefixes.session}:${session.id}`)).toBe(JSON.stringify(session));
    expect(await inspector.pexpiretime(`${prefixes.session}:${session.id}`)).toBe(session.idle_expires);
    expect(await inspector.zscore(`index:${prefixes.userSessions}:u1`, session.id)).toBe(String(session.idle_expires));
    expect(await inspector.sismember(`${prefixes.userSessions}:u1`, session.id)).toBe(1);
    expect(await adapter.getSession(session.id)).toEqual(session);
  });

  test("takes big integers", async () => {
    const session = luciaSession();
    await adapter.setSession({ ...session, active_expires: 1n, idle_expires: BigInt(session.idle_expires) });
    expect(await adapter.getSession(session.id)).toEqual({ ...session, active_expires: 1 });
    await adapter.updateSession(session.id, { active_expires: BigInt(session.active_expires) });
    expect(await adapter.getSession(session.id)).toEqual(session);
  });

  test("a change keeps the id, the owner and the end where it gives none", async () => {
    const session = { country: "NL", ...luciaSession() };
    await adapter.setSession(session);
    const change = { id: "another", user_id: undefined, idle_expires: undefined, country: undefined };
    await adapter.updateSession(session.id, change as object);
    const { country: _, ...rest } = session;
    expect(await adapter.getSession(session.id)).toEqual(rest);
  });

  test("refuses an id that is taken, as Lucia does", async () => {
    const session = luciaSession();
    await adapter.setSession(session);
    const again = adapter.setSession({ ...session, user_id: "u2" });
    await expect(again).rejects.toBeInstanceOf(LuciaError);
    await expect(again).rejects.toMatchObject({ message: "AUTH_INVALID_SESSION_ID" });
    expect((await adapter.getSession(session.id))?.user_id).toBe("u1");
  });

  test.each(["", "*", "a:b", "{}", "\0", "\n", "__proto__", "ü", "\ud800", "x".repeat(10_000), undefined as never])(
    "finds nothing under a hostile id (%#)",
    async (id) => {
      expect(await adapter.getSession(id)).toBeNull();
      expect(await adapter.getSessionsByUserId(id)).toEqual([]);
      await adapter.updateSession(id, { active_expires: 1 });
      await adapter.deleteSession(id);
      await adapter.deleteSessionsByUserId(id);
    },
  );

  test("refuses to store what cannot be an id", async () => {
    await expect(adapter.setSession(luciaSession({ id: "" }))).rejects.toMatchObject({
      message: "AUTH_INVALID_SESSION_ID",
    });
    await expect(adapter.setSession(luciaSession({ user_id: "\ud800" }))).rejects.toMatchObject({
      message: "AUTH_INVALID_USER_ID",
    });
  });

  test.each(["", "null", "[]", "1", "{", "{}"])(
    "takes the value %j for no session, and leaves it alone",
    async (value) => {
      const key = `${prefixes.session}:corrupt`;
      await inspector.set(key, value, "EX", 60);
      expect(await adapter.getSession("corrupt")).toBeNull();
      await adapter.updateSession("corrupt", { idle_expires: Date.now() + 1000 });
      await adapter.deleteSession("corrupt");
      expect(await inspector.get(key)).toBe(value);
    },
  );

  test.each([
    { user_id: 1 },
    { idle_expires: "soon" },
    { active_expires: undefined },
    { id: "another" },
    { id: undefined },
  ])("takes a record with %o for no session", async (change) => {
    const session = { ...luciaSession({ id: "foreign" }), ...change };
    await inspector.set(`${prefixes.session}:foreign`, JSON.stringify(session), "EX", 60);
    expect(await adapter.getSession("foreign")).toBeNull();
  });

  test.each([0, -1, Number.NaN, Date.now() - 1])("a session that ends at %d is over", async (idle_expires) => {
    const session = luciaSession({ idle_expires });
    await adapter.setSession(session);
    expect(await adapter.getSession(session.id)).toBeNull();
    const live = luciaSession();
    await adapter.setSession(live);
    await adapter.updateSession(live.id, { idle_expires });
    expect(await adapter.getSession(live.id)).toBeNull();
    expect(await inspector.exists(`${prefixes.session}:${live.id}`)).toBe(0);
  });

  test("no session lives for ever", async () => {
    const session = luciaSession({ idle_expires: 8.64e15 });
    await adapter.setSession(session);
    expect(await inspector.ttl(`${prefixes.session}:${session.id}`)).toBeLessThan(11 * 365 * 24 * 3600);
    await adapter.deleteSessionsByUserId("u1");
  });
});

test("over a prefix of the client's own", async () => {
  const prefixes = uniquePrefixes();
  const client = new Redis(inject("redisUrl"), { keyPrefix: "app:" });
  const adapter = redis(client, prefixes)(LuciaError);
  const session = luciaSession();
  await adapter.setSession(session);
  expect(await inspector.exists(`app:${prefixes.session}:${session.id}`)).toBe(1);
  expect(await adapter.getSessionsByUserId("u1")).toEqual([session]);
  await adapter.deleteSessionsByUserId("u1");
  expect(await keysUnder(inspector, `app:`)).toEqual([]);
  client.disconnect();
});
