// Lucia 2 as an application uses it, on each client.
import type { SessionSchema } from "lucia-2";
import { afterAll, describe, expect, inject, test } from "vitest";
import { redisLucia } from "../../src/index.js";
import { clients, inspect, keysUnder, uniquePrefixes } from "../support/clients.js";
import { lucia2, newUser } from "../support/lucia-2.js";

const inspector = inspect();
const otherDatabase = inspect(1);

describe.each(Object.entries(clients))("Lucia 2 on %s", async (_, connect) => {
  const { client, close } = await connect(inject("redisUrl"));
  afterAll(close);
  const prefixes = uniquePrefixes();
  const { adapter, sessions } = redisLucia<SessionSchema>(client, { prefixes });
  const auth = lucia2(adapter);

  test("signs in, reads, changes and signs out", async () => {
    const userId = await newUser(auth);
    const created = await auth.createSession({ userId, attributes: { country: "NL" } });
    const session = await auth.validateSession(created.sessionId);
    expect(session.user).toEqual({ userId });
    expect(session.idlePeriodExpiresAt).toEqual(created.idlePeriodExpiresAt);
    expect(await sessions.list(userId)).toMatchObject([
      { handle: created.sessionId, session: { country: "NL" }, current: false },
    ]);

    await auth.updateSessionAttributes(created.sessionId, { country: "BE" });
    expect((await sessions.list(userId))[0]?.session.country).toBe("BE");

    await auth.invalidateSession(created.sessionId);
    await auth.invalidateSession(created.sessionId);
    await expect(auth.validateSession(created.sessionId)).rejects.toMatchObject({ message: "AUTH_INVALID_SESSION_ID" });
  });

  test("signs out one device, the others and all", async () => {
    const userId = await newUser(auth);
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) ids.push((await auth.createSession({ userId, attributes: {} })).sessionId);
    const [first = "", second = ""] = ids;
    expect(await sessions.count(userId)).toBe(4);
    expect(await sessions.revoke("somebody-else", first)).toBe(false);
    expect(await sessions.revoke(userId, first)).toBe(true);
    expect(await sessions.revoke(userId, first)).toBe(false);
    expect(await sessions.deleteAll(userId, { except: second })).toBe(2);
    expect((await auth.getAllUserSessions(userId)).map(({ sessionId }) => sessionId)).toEqual([second]);
    await auth.invalidateAllUserSessions(userId);
    expect(await auth.getAllUserSessions(userId)).toEqual([]);
    expect(await sessions.count(userId)).toBe(0);
  });

  test("renews a session that is no longer active", async () => {
    const idle = lucia2(adapter, { activePeriod: -1000, idlePeriod: 100_000 });
    const userId = await newUser(idle);
    const { sessionId, idlePeriodExpiresAt } = await idle.createSession({ userId, attributes: {} });
    const renewed = await idle.validateSession(sessionId);
    expect(renewed.fresh).toBe(true);
    expect(renewed.idlePeriodExpiresAt.getTime()).toBeGreaterThanOrEqual(idlePeriodExpiresAt.getTime());
    expect((await idle.getSession(sessionId)).idlePeriodExpiresAt).toEqual(renewed.idlePeriodExpiresAt);
    await idle.deleteDeadUserSessions(userId);
    expect(await sessions.count(userId)).toBe(1);
    await idle.deleteUser(userId);
    expect(await sessions.count(userId)).toBe(0);
  });

  test("leaves no key behind", async () => {
    const unique = prefixes.session.slice(0, -2);
    for (const database of [inspector, otherDatabase]) {
      expect(await keysUnder(database, unique)).toEqual([]);
      expect(await keysUnder(database, `index:${unique}`)).toEqual([]);
    }
  });
});
