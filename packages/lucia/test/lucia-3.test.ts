import { BetterSqlite3Adapter } from "@lucia-auth/adapter-sqlite-3";
import { type Adapter, type DatabaseSession, type DatabaseUser, Lucia, TimeSpan } from "lucia-3";
import { afterAll, beforeEach, describe, expect, expectTypeOf, inject, test, vi } from "vitest";
import { RedisAdapter, redisSessions } from "../src/v3.js";
import { clients, inspect, keysUnder, uniquePrefixes } from "./support/clients.js";
import { sqlite } from "./support/sqlite.js";

const inspector = inspect();
const otherDatabase = inspect(1);
const ada: DatabaseUser = { id: "ada", attributes: { username: "Ada" } };

function uniqueOptions(): { sessionPrefix: string; userSessionsPrefix: string } {
  const { session, userSessions } = uniquePrefixes();
  return { sessionPrefix: `${session}:`, userSessionsPrefix: `${userSessions}:` };
}

function inMinutes(minutes: number): Date {
  return new Date(Date.now() + minutes * 60_000);
}

describe.each(Object.entries(clients))("Lucia 3 on %s", async (_, connect) => {
  const { client, close } = await connect(inject("redisUrl"));
  afterAll(close);
  const options = uniqueOptions();
  const users = vi.fn((userId: string) => (userId === ada.id ? ada : null));
  beforeEach(() => void users.mockClear());
  const adapter = new RedisAdapter(client, users, options);
  const devices = redisSessions(client, options);
  const lucia = new Lucia(adapter, {
    getUserAttributes: ({ username }) => ({ username }),
    getSessionAttributes: ({ country }) => ({ country }),
  });

  test("signs in, reads and signs out", async () => {
    const created = await lucia.createSession("ada", { country: "NL" });
    const { session, user } = await lucia.validateSession(created.id);
    expect(session).toEqual({ ...created, fresh: false });
    expect(user).toEqual({ id: "ada", username: "Ada" });
    await lucia.invalidateSession(created.id);
    await lucia.invalidateSession(created.id);
    expect(await lucia.validateSession(created.id)).toEqual({ session: null, user: null });
  });

  test("an unknown session costs no user query", async () => {
    expect(await lucia.validateSession("unknown")).toEqual({ session: null, user: null });
    expect(users).not.toHaveBeenCalled();
  });

  test("signs out one device, the others and all", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) ids.push((await lucia.createSession("ada", { country: "NL" })).id);
    const [first = "", second = ""] = ids;
    expect(await devices.count("ada")).toBe(4);
    expect(await devices.list("ada")).toContainEqual({
      handle: first,
      session: { id: first, userId: "ada", expiresAt: expect.any(Date), attributes: { country: "NL" } },
    });
    expect(await devices.revoke("bob", first)).toBe(false);
    expect(await devices.revoke("ada", first)).toBe(true);
    expect(await devices.deleteAll("ada", { except: second })).toBe(2);
    expect((await lucia.getUserSessions("ada")).map(({ id }) => id)).toEqual([second]);
    await lucia.invalidateUserSessions("ada");
    expect(await lucia.getUserSessions("ada")).toEqual([]);
  });

  test("renews a session that is past half its life", async () => {
    const short = new Lucia(adapter, { sessionExpiresIn: new TimeSpan(10, "m") });
    const { id } = await short.createSession("ada", { country: "NL" });
    const long = new Lucia(adapter, { sessionExpiresIn: new TimeSpan(1, "h") });
    const { session } = await long.validateSession(id);
    expect(session?.fresh).toBe(true);
    expect((await devices.list("ada"))[0]?.session.expiresAt).toEqual(session?.expiresAt);
    await long.invalidateSession(id);
    await adapter.updateSessionExpiration(id, inMinutes(1));
    expect(await adapter.getSessionAndUser(id)).toEqual([null, null]);
  });

  test("a session whose user is gone is ended", async () => {
    const { id } = await lucia.createSession("bob", { country: "NL" });
    expect(await lucia.validateSession(id)).toEqual({ session: null, user: null });
    expect(await devices.count("bob")).toBe(0);
  });

  test("leaves no key behind", async () => {
    await lucia.deleteExpiredSessions();
    const unique = options.sessionPrefix.slice(0, -2);
    for (const database of [inspector, otherDatabase]) expect(await keysUnder(database, unique)).toEqual([]);
  });
});

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
    const devices = redisSessions(inspector, options);
    expect(await devices.count(42 as never)).toBe(1);
    await numeric.deleteUserSessions(42 as never);
    expect(await devices.count(42 as never)).toBe(0);
  });

  test("any other type of user id is refused", async () => {
    await expect(adapter.setSession({ ...sessionOf("big"), userId: 1n as never })).rejects.toThrow(TypeError);
  });

  test("an id that is taken is refused", async () => {
    await adapter.setSession(sessionOf("taken"));
    await expect(adapter.setSession(sessionOf("taken", "bob"))).rejects.toMatchObject({ code: "ERR_SESSION_EXISTS" });
    await adapter.deleteSession("taken");
  });

  test.each([new Date(0), new Date(-1), new Date(Number.NaN), new Date(Date.now() - 1)])(
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

describe("users from another adapter", () => {
  const db = sqlite(`
    CREATE TABLE user (id TEXT PRIMARY KEY, username TEXT NOT NULL);
    CREATE TABLE session (
      id TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL,
      user_id TEXT NOT NULL REFERENCES user (id),
      country TEXT NOT NULL
    );
    INSERT INTO user VALUES ('ada', 'Ada'), ('bob', 'Bob');
  `);
  const users: Adapter = new BetterSqlite3Adapter(db as never, { user: "user", session: "session" });
  const options = uniqueOptions();
  const adapter = new RedisAdapter(inspector, users, options);
  const lucia = new Lucia(adapter, { getUserAttributes: ({ username }) => ({ username }) });
  const rows = (): unknown[] => db.prepare("SELECT user_id, country FROM session ORDER BY user_id").all() as unknown[];

  test("finds them through one ended session for each user", async () => {
    for (const userId of ["ada", "ada", "bob"]) {
      const { id } = await lucia.createSession(userId, { country: "NL" });
      const { user } = await lucia.validateSession(id);
      expect(user).toEqual({ id: userId, username: userId === "ada" ? "Ada" : "Bob" });
    }
    expect(rows()).toEqual([
      { user_id: "ada", country: "NL" },
      { user_id: "bob", country: "NL" },
    ]);
  });

  test("whose id cannot sign in, neither here nor with the other adapter alone", async () => {
    const [{ id = "" } = {}] = db.prepare("SELECT id FROM session WHERE user_id = 'bob'").all() as { id?: string }[];
    expect(id).toMatch(/^keyspace-user-/);
    expect(await lucia.validateSession(id)).toEqual({ session: null, user: null });
    expect(await new Lucia(users).validateSession(id)).toEqual({ session: null, user: null });
  });

  test("many first look-ups at once", async () => {
    await lucia.invalidateUserSessions("bob");
    const sessions = await Promise.all(Array.from({ length: 20 }, () => lucia.createSession("bob", { country: "BE" })));
    const found = await Promise.all(sessions.map(({ id }) => lucia.validateSession(id)));
    expect(found.map(({ user }) => user)).toEqual(Array(20).fill({ id: "bob", username: "Bob" }));
    expect(rows()).toContainEqual({ user_id: "bob", country: "BE" });
  });

  test("signing out everywhere removes it, so that the user can be deleted", async () => {
    await lucia.invalidateUserSessions("bob");
    db.exec("DELETE FROM user WHERE id = 'bob'");
    expect(rows()).toEqual([{ user_id: "ada", country: "NL" }]);
  });

  test("an unknown session costs no query", async () => {
    const spy = vi.spyOn(users, "getSessionAndUser");
    expect(await lucia.validateSession("unknown")).toEqual({ session: null, user: null });
    expect(spy).not.toHaveBeenCalled();
    await lucia.invalidateUserSessions("ada");
  });

  test("a user that was deleted behind its back is nobody", async () => {
    const loose = sqlite(`
      PRAGMA foreign_keys = OFF;
      CREATE TABLE user (id TEXT PRIMARY KEY, username TEXT NOT NULL);
      CREATE TABLE session (id TEXT PRIMARY KEY, expires_at INTEGER, user_id TEXT, country TEXT);
      INSERT INTO user VALUES ('eve', 'Eve');
    `);
    const lax = new Lucia(
      new RedisAdapter(
        inspector,
        new BetterSqlite3Adapter(loose as never, { user: "user", session: "session" }),
        options,
      ),
    );
    const { id } = await lax.createSession("eve", { country: "NL" });
    expect((await lax.validateSession(id)).user).toEqual({ id: "eve" });
    loose.exec("DELETE FROM user");
    expect(await lax.validateSession(id)).toEqual({ session: null, user: null });
    expect(loose.prepare("SELECT * FROM session").all()).toEqual([]);
  });
});

test("Lucia 3's own types take it, whatever the application registers", () => {
  expectTypeOf<RedisAdapter>().toExtend<Adapter>();
  const numeric = new RedisAdapter(inspector, async (userId: number) => ({ id: userId, attributes: {} }));
  expectTypeOf(numeric).toEqualTypeOf<RedisAdapter<number>>();
  expectTypeOf(new RedisAdapter(inspector, () => ({ id: "ada", attributes: {} }))).toEqualTypeOf<RedisAdapter>();
  expectTypeOf(new RedisAdapter(inspector, (userId) => ({ id: userId, attributes: {} }))).toEqualTypeOf<RedisAdapter>();
  expectTypeOf(redisSessions<DatabaseSession>(inspector).list)
    .returns.resolves.items.toHaveProperty("session")
    .toEqualTypeOf<DatabaseSession>();
});
