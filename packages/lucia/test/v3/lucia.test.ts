// Lucia 3 as an application uses it, on each client.
import { Lucia, TimeSpan } from "lucia-3";
import { afterAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { redisLucia } from "../../src/v3.js";
import { clients, inspect, keysUnder } from "../support/clients.js";
import { ada, inMinutes, uniqueOptions } from "../support/lucia-3.js";

const inspector = inspect();
const otherDatabase = inspect(1);

describe.each(Object.entries(clients))("Lucia 3 on %s", async (_, connect) => {
  const { client, close } = await connect(inject("redisUrl"));
  afterAll(close);
  const options = uniqueOptions();
  const users = vi.fn((userId: string) => (userId === ada.id ? ada : null));
  beforeEach(() => void users.mockClear());
  const { adapter, sessions } = redisLucia(client, users, options);
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
    expect(await sessions.count("ada")).toBe(4);
    expect(await sessions.list("ada")).toContainEqual({
      handle: first,
      session: { id: first, userId: "ada", expiresAt: expect.any(Date), attributes: { country: "NL" } },
      current: false,
    });
    expect(await sessions.revoke("bob", first)).toBe(false);
    expect(await sessions.revoke("ada", first)).toBe(true);
    expect(await sessions.deleteAll("ada", { except: second })).toBe(2);
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
    expect((await sessions.list("ada"))[0]?.session.expiresAt).toEqual(session?.expiresAt);
    await long.invalidateSession(id);
    await adapter.updateSessionExpiration(id, inMinutes(1));
    expect(await adapter.getSessionAndUser(id)).toEqual([null, null]);
  });

  test("a session whose user is gone is ended", async () => {
    const { id } = await lucia.createSession("bob", { country: "NL" });
    expect(await lucia.validateSession(id)).toEqual({ session: null, user: null });
    expect(await sessions.count("bob")).toBe(0);
  });

  test("leaves no key behind", async () => {
    await lucia.deleteExpiredSessions();
    const unique = options.sessionPrefix.slice(0, -2);
    for (const database of [inspector, otherDatabase]) expect(await keysUnder(database, unique)).toEqual([]);
  });
});
