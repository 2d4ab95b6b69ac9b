// What Lucia 3 is given, method by method.
import { randomUUID } from "node:crypto";
import { type Adapter, type DatabaseSession, Lucia, TimeSpan } from "lucia-3";
import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { RedisAdapter, redisLucia } from "../../src/v3.js";
import { inspect } from "../support/clients.js";
import { ada, inMinutes, uniqueOptions } from "../support/lucia-3.js";

const inspector = inspect();

describe("the adapter", () => {
  const options = uniqueOptions();
  const adapter = new RedisAdapter(inspector, () => null, options);
  const sessionOf = (id: string, userId = "ada") => ({
    id,
    userId,
    expiresAt: inMinutes(1),
    attributes: { country: "NL" },
  });

  test("a number as user id stays a number", async () => {
    const session = { ...sessionOf("numeric"), userId: 42 as never };
    const users = vi.fn(() => ({ ...ada, id: 42 as never }));
    const numeric = new RedisAdapter(inspector, users, options);
    await numeric.setSession(session);
    expect(await numeric.getSessionAndUser("numeric")).toEqual([session, { ...ada, id: 42 }]);
    expect(users).toHaveBeenCalledExactlyOnceWith(42);
    expect(await numeric.getUserSessions(42 as never)).toEqual([session]);
    expect(await numeric.sessions.count(42 as never)).toBe(1);
    await numeric.deleteUserSessions(42 as never);
    expect(await numeric.sessions.count(42 as never)).toBe(0);
  });

  test("the keys are the default ones", async () => {
    const byDefault = new RedisAdapter(inspector, () => null);
    const id = randomUUID();
    await byDefault.setSession(sessionOf(id, id));
    expect(await inspector.get(`lucia:session:${id}`)).toContain('"country":"NL"');
    expect(await inspector.zrange(`lucia:user-sessions:${id}`, "0", "-1")).toEqual([id]);
    await byDefault.deleteSession(id);
  });

  test("attributes come back as they went in, a Date as a Date", async () => {
    const attributes = { country: "NL", text: "2026-01-02T03:04:05.000Z", since: new Date(1), never: null };
    const session = { ...sessionOf("dated"), attributes };
    await adapter.setSession(session);
    expect((await new RedisAdapter(inspector, () => ada, options).getSessionAndUser("dated"))[0]).toEqual(session);
    expect(await adapter.getUserSessions("ada")).toEqual([session]);
    await adapter.deleteSession("dated");
  });

  test("any other type of user id is refused, by the compiler too", async () => {
    // @ts-expect-error A user's id is a string or a number.
    expect(new RedisAdapter<bigint>(inspector, () => null, options)).toBeInstanceOf(RedisAdapter);
    // @ts-expect-error So it is in the type of a session.
    const wrong = () => redisLucia<{ id: string; userId: bigint; expiresAt: Date; attributes: object }>(inspector);
    expectTypeOf(wrong).toBeFunction();
    await expect(adapter.setSession({ ...sessionOf("big"), userId: 1n as never })).rejects.toThrow(TypeError);
  });

  test("attributes that write themselves as JSON come back as that, and are refused where it is no object", async () => {
    const attributes = { toJSON: () => ({ country: "NL", since: new Date(1) }) };
    await adapter.setSession({ ...sessionOf("writes"), attributes });
    const [session] = await new RedisAdapter(inspector, () => ada, options).getSessionAndUser("writes");
    expect(session?.attributes).toEqual({ country: "NL", since: new Date(1) });
    await adapter.deleteSession("writes");
    const text = { toJSON: () => "NL" };
    await expect(adapter.setSession({ ...sessionOf("writes"), attributes: text })).rejects.toThrow(
      /^attributes must be/,
    );
  });

  test("an end that is no date is refused: Lucia makes it of a lifetime that is no number", async () => {
    const lucia = new Lucia(adapter, { sessionExpiresIn: new TimeSpan(Number.NaN, "d") });
    await expect(lucia.createSession("ada", { country: "NL" })).rejects.toThrow(/^expiresAt must be a valid Date/);
    await adapter.setSession(sessionOf("live"));
    await adapter.updateSessionExpiration("live", new Date(Number.NaN));
    expect(await adapter.getUserSessions("ada")).toEqual([]);
  });

  test("an id that is taken is refused", async () => {
    await adapter.setSession(sessionOf("taken"));
    await expect(adapter.setSession(sessionOf("taken", "bob"))).rejects.toMatchObject({ code: "ERR_SESSION_EXISTS" });
    await adapter.deleteSession("taken");
  });

  test.each([new Date(0), new Date(-1), new Date(Date.now() - 1)])(
    "a session that ends at %s is over",
    async (expiresAt) => {
      await adapter.setSession({ ...sessionOf("over"), expiresAt });
      expect(await adapter.getSessionAndUser("over")).toEqual([null, null]);
      await adapter.setSession(sessionOf("live"));
      await adapter.updateSessionExpiration("live", expiresAt);
      expect(await adapter.getSessionAndUser("live")).toEqual([null, null]);
    },
  );

  test.each(["", "*", "\0", "__proto__", "\ud800", "x".repeat(10_000), undefined as never])(
    "finds nothing under a hostile id (%#)",
    async (id) => {
      expect(await adapter.getSessionAndUser(id)).toEqual([null, null]);
      await adapter.updateSessionExpiration(id, inMinutes(1));
      await adapter.deleteSession(id);
    },
  );

  test.each(['""', "null", "{}", '{"expiresAt":9999999999999,"endsAt":null,"userId":"ada","createdAt":1,"data":1}'])(
    "takes the value %s for no session",
    async (value) => {
      await inspector.set(`${options.sessionPrefix}corrupt`, value, "EX", 60);
      expect(await adapter.getSessionAndUser("corrupt")).toEqual([null, null]);
    },
  );

  test("renewing is one command", async () => {
    await adapter.setSession(sessionOf("renewed"));
    const before = await commandsProcessed();
    await adapter.updateSessionExpiration("renewed", inMinutes(5));
    expect((await commandsProcessed()).evalsha - before.evalsha).toBe(1);
    expect((await commandsProcessed()).get - before.get).toBe(0);
    await adapter.deleteSession("renewed");
  });

  /** By this file's connection alone, whoever else uses the server. */
  async function commandsProcessed(): Promise<{ evalsha: number; get: number }> {
    return { evalsha: spies.evalsha.mock.calls.length, get: spies.get.mock.calls.length };
  }
  const spies = { evalsha: vi.spyOn(inspector, "evalsha"), get: vi.spyOn(inspector, "get") };
});

test("Lucia 3's own types take it, whatever the application registers", () => {
  expectTypeOf<RedisAdapter>().toExtend<Adapter>();
  const numeric = new RedisAdapter(inspector, async (userId: number) => ({ id: userId, attributes: {} }));
  expectTypeOf(numeric).toEqualTypeOf<RedisAdapter<number>>();
  expectTypeOf(new RedisAdapter(inspector, () => ({ id: "ada", attributes: {} }))).toEqualTypeOf<RedisAdapter>();
  expectTypeOf(new RedisAdapter(inspector, (userId) => ({ id: userId, attributes: {} }))).toEqualTypeOf<RedisAdapter>();
  expectTypeOf(redisLucia<DatabaseSession>(inspector, () => null).sessions.list)
    .returns.resolves.items.toHaveProperty("session")
    .toEqualTypeOf<DatabaseSession>();
});
