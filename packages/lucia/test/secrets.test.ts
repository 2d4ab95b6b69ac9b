// What Redis holds with hashed ids or a codec, and what can sign in.
import { randomBytes } from "node:crypto";
import { LuciaError } from "lucia-2";
import type { ValueCodec } from "redis-keyspace";
import { seal } from "redis-keyspace/sealing";
import { describe, expect, test } from "vitest";
import redis, { redisLucia } from "../src/index.js";
import { RedisAdapter, redisLucia as redisLucia3 } from "../src/v3.js";
import { inspect, keysUnder, uniquePrefixes } from "./support/clients.js";
import { lucia2, luciaSession, newUser } from "./support/lucia-2.js";
import { ada, inMinutes } from "./support/lucia-3.js";

const inspector = inspect();

/** All that Redis holds under a prefix, keys and values. */
async function everything(prefix: string): Promise<string> {
  const found: unknown[] = [];
  for (const start of [prefix, `index:${prefix}`]) {
    for (const key of await keysUnder(inspector, start)) {
      const type = await inspector.type(key);
      const value =
        type === "string"
          ? await inspector.get(key)
          : type === "set"
            ? await inspector.smembers(key)
            : await inspector.zrange(key, 0, "-1");
      found.push([key, value]);
    }
  }
  expect(found).not.toEqual([]);
  return JSON.stringify(found);
}

describe("hashIds", () => {
  test("Lucia 2: no id is in Redis, and what is listed can revoke and not sign in", async () => {
    const prefixes = uniquePrefixes();
    const { adapter, sessions } = redisLucia(inspector, { prefixes, hashIds: true });
    const auth = lucia2(adapter);
    const userId = await newUser(auth);
    const ids: Record<string, string> = {};
    for (const country of ["NL", "BE", "DE", "FR"]) {
      ids[country] = (await auth.createSession({ userId, attributes: { country } })).sessionId;
    }
    const { NL = "", BE = "", DE = "" } = ids;
    const listed = await sessions.list(userId);
    const handleOf = (country: string): string =>
      listed.find(({ session }) => (session as { country?: string }).country === country)?.handle ?? "";
    const visible = (await everything(prefixes.session.slice(0, -2))) + JSON.stringify(listed);
    for (const id of Object.values(ids)) expect(visible).not.toContain(id);

    expect((await auth.validateSession(NL)).sessionId).toBe(NL);
    await expect(auth.validateSession(handleOf("NL"))).rejects.toMatchObject({ message: "AUTH_INVALID_SESSION_ID" });
    expect(await sessions.revoke("somebody-else", handleOf("NL"))).toBe(false);
    expect(await sessions.revoke(userId, handleOf("NL"))).toBe(true);
    await expect(auth.validateSession(NL)).rejects.toMatchObject({ message: "AUTH_INVALID_SESSION_ID" });

    const all = await auth.getAllUserSessions(userId);
    expect(all.map(({ sessionId }) => sessionId).sort()).toEqual(
      [handleOf("BE"), handleOf("DE"), handleOf("FR")].sort(),
    );
    await auth.invalidateSession(handleOf("FR"));
    expect(await sessions.deleteAll(userId, { except: BE })).toBe(1);
    await expect(auth.validateSession(DE)).rejects.toMatchObject({ message: "AUTH_INVALID_SESSION_ID" });
    await auth.invalidateSession(BE);
    expect(await sessions.count(userId)).toBe(0);
  });

  test("Lucia 3: no id is in Redis, and what is listed can revoke and not sign in", async () => {
    const prefix = uniquePrefixes().session;
    const options = { hashIds: true, sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
    const { adapter, sessions } = redisLucia3(inspector, () => ada, options);
    const session = (id: string) => ({ id, userId: "ada", expiresAt: inMinutes(1), attributes: { country: "NL" } });
    const ids = ["first", "second", "third"].map((name) => `${name}-${prefix}`);
    for (const id of ids) await adapter.setSession(session(id));
    const visible = (await everything(prefix)) + JSON.stringify(await adapter.getUserSessions("ada"));
    for (const id of ids) expect(visible).not.toContain(id);

    const [id = ""] = ids;
    expect((await adapter.getSessionAndUser(id))[0]).toMatchObject({ id, userId: "ada" });
    const handles = (await adapter.getUserSessions("ada")).map(({ id }) => id);
    for (const handle of handles) {
      expect(await adapter.getSessionAndUser(handle)).toEqual([null, null]);
      expect(
        await new RedisAdapter(inspector, () => null, { ...options, hashIds: false }).getSessionAndUser(handle),
      ).toEqual([null, null]);
    }
    await adapter.deleteSession(handles[0] ?? "");
    expect(await sessions.count("ada")).toBe(2);
    expect(await sessions.revoke("ada", handles[1] ?? "")).toBe(true);
    await adapter.deleteUserSessions("ada");
  });
});

describe("codec", () => {
  const [one, two] = [randomBytes(32).toString("base64"), randomBytes(32).toString("base64")];

  test.each([false, true])("Lucia 2, with hashIds %s", async (hashIds) => {
    const prefixes = uniquePrefixes();
    const adapterWith = (codec?: ValueCodec) => redis(inspector, prefixes, { hashIds, codec })(LuciaError);
    const adapter = adapterWith(seal(one));
    const session = { country: "a secret place", ...luciaSession() };
    await adapter.setSession(session);
    expect(await everything(prefixes.session.slice(0, -2))).not.toContain("a secret place");
    expect(await adapter.getSession(session.id)).toEqual(session);
    expect(await adapter.getSessionsByUserId("u1")).toMatchObject([{ country: "a secret place" }]);

    const rotated = adapterWith(seal([two, one]));
    await rotated.updateSession(session.id, { active_expires: 1 });
    expect(await rotated.getSession(session.id)).toEqual({ ...session, active_expires: 1 });
    expect(await adapter.getSession(session.id)).toBeNull();
    expect(await adapterWith().getSession(session.id)).toBeNull();

    await rotated.deleteSession(session.id);
    expect(await rotated.getSessionsByUserId("u1")).toEqual([]);
    expect(await keysUnder(inspector, prefixes.session)).toEqual([]);
  });

  test("Lucia 3", async () => {
    const prefix = uniquePrefixes().session;
    const options = {
      codec: seal(one),
      sessionPrefix: `${prefix}:s:`,
      userSessionsPrefix: `${prefix}:u:`,
    };
    const adapter = new RedisAdapter(inspector, () => null, options);
    const session = { id: "id", userId: "ada", expiresAt: inMinutes(1), attributes: { country: "a secret place" } };
    await adapter.setSession(session);
    expect(await everything(prefix)).not.toContain("a secret place");
    const expiresAt = new Date(Date.now() + 120_000);
    await adapter.updateSessionExpiration("id", expiresAt);
    expect(await adapter.getSessionAndUser("id")).toEqual([{ ...session, expiresAt }, null]);
    await adapter.deleteUserSessions("ada");
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });
});
