import { CompactEncrypt, compactDecrypt } from "jose";
import { LuciaError } from "lucia-2";
import { KeyspaceError, type Observation, type StoreClient, type ValueCodec } from "redis-keyspace";
import { describe, expect, test } from "vitest";
import redis, { type RedisOptions, type RedisPrefixes, redisSessions } from "../src/index.js";
import { RedisAdapter, type RedisAdapterOptions, redisSessions as redisSessions3 } from "../src/v3.js";
import { inspect, keysUnder, uniquePrefixes } from "./support/clients.js";
import { lucia2, luciaSession, newUser } from "./support/lucia-2.js";

const inspector = inspect();
const inAMinute = (): Date => new Date(Date.now() + 60_000);

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
    const auth = lucia2(redis(inspector, prefixes, { hashIds: true }));
    const devices = redisSessions(inspector, { prefixes, hashIds: true });
    const userId = await newUser(auth);
    const ids: Record<string, string> = {};
    for (const country of ["NL", "BE", "DE", "FR"]) {
      ids[country] = (await auth.createSession({ userId, attributes: { country } })).sessionId;
    }
    const { NL = "", BE = "", DE = "" } = ids;
    const listed = await devices.list(userId);
    const handleOf = (country: string): string =>
      listed.find(({ session }) => (session as { country?: string }).country === country)?.handle ?? "";
    const visible = (await everything(prefixes.session.slice(0, -2))) + JSON.stringify(listed);
    for (const id of Object.values(ids)) expect(visible).not.toContain(id);

    expect((await auth.validateSession(NL)).sessionId).toBe(NL);
    await expect(auth.validateSession(handleOf("NL"))).rejects.toMatchObject({ message: "AUTH_INVALID_SESSION_ID" });
    expect(await devices.revoke("somebody-else", handleOf("NL"))).toBe(false);
    expect(await devices.revoke(userId, handleOf("NL"))).toBe(true);
    await expect(auth.validateSession(NL)).rejects.toMatchObject({ message: "AUTH_INVALID_SESSION_ID" });

    const all = await auth.getAllUserSessions(userId);
    expect(all.map(({ sessionId }) => sessionId).sort()).toEqual(
      [handleOf("BE"), handleOf("DE"), handleOf("FR")].sort(),
    );
    await auth.invalidateSession(handleOf("FR"));
    expect(await devices.deleteAll(userId, { except: BE })).toBe(1);
    await expect(auth.validateSession(DE)).rejects.toMatchObject({ message: "AUTH_INVALID_SESSION_ID" });
    await auth.invalidateSession(BE);
    expect(await devices.count(userId)).toBe(0);
  });

  test("Lucia 3: no id is in Redis, and what is listed can revoke and not sign in", async () => {
    const prefix = uniquePrefixes().session;
    const options = { hashIds: true, sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
    const adapter = new RedisAdapter(inspector, () => ({ id: "ada", attributes: { username: "Ada" } }), options);
    const session = (id: string) => ({ id, userId: "ada", expiresAt: inAMinute(), attributes: { country: "NL" } });
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
    const devices = redisSessions3(inspector, options);
    expect(await devices.count("ada")).toBe(2);
    expect(await devices.revoke("ada", handles[1] ?? "")).toBe(true);
    await adapter.deleteUserSessions("ada");
  });
});

describe("codec", () => {
  /** JSON Web Encryption with AES-GCM. The key's name tells which key it was, the owner is bound to it. */
  function jwe(keys: Readonly<Record<string, Uint8Array>>, current: string): ValueCodec {
    const key = (kid: string | undefined): Uint8Array => {
      const found = keys[kid ?? ""];
      if (found === undefined) throw new Error("the key is gone");
      return found;
    };
    return {
      seal: async (text, { userId }) =>
        await new CompactEncrypt(new TextEncoder().encode(text))
          .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: current, sub: userId })
          .encrypt(key(current)),
      async open(sealed, { userId }) {
        try {
          const { plaintext, protectedHeader } = await compactDecrypt(sealed, ({ kid }) => key(kid));
          return protectedHeader["sub"] === userId ? new TextDecoder().decode(plaintext) : null;
        } catch {
          return null;
        }
      },
    };
  }
  const keys = { one: crypto.getRandomValues(new Uint8Array(32)), two: crypto.getRandomValues(new Uint8Array(32)) };

  test.each([false, true])("Lucia 2, with hashIds %s", async (hashIds) => {
    const prefixes = uniquePrefixes();
    const adapterWith = (codec?: ValueCodec) => redis(inspector, prefixes, { hashIds, codec })(LuciaError);
    const adapter = adapterWith(jwe({ one: keys.one }, "one"));
    const session = { country: "a secret place", ...luciaSession() };
    await adapter.setSession(session);
    expect(await everything(prefixes.session.slice(0, -2))).not.toContain("a secret place");
    expect(await adapter.getSession(session.id)).toEqual(session);
    expect(await adapter.getSessionsByUserId("u1")).toMatchObject([{ country: "a secret place" }]);

    const rotated = adapterWith(jwe(keys, "two"));
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
      codec: jwe(keys, "one"),
      sessionPrefix: `${prefix}:s:`,
      userSessionsPrefix: `${prefix}:u:`,
    };
    const adapter = new RedisAdapter(inspector, () => null, options);
    const session = { id: "id", userId: "ada", expiresAt: inAMinute(), attributes: { country: "a secret place" } };
    await adapter.setSession(session);
    expect(await everything(prefix)).not.toContain("a secret place");
    const expiresAt = new Date(Date.now() + 120_000);
    await adapter.updateSessionExpiration("id", expiresAt);
    expect(await adapter.getSessionAndUser("id")).toEqual([{ ...session, expiresAt }, null]);
    await adapter.deleteUserSessions("ada");
    expect(await keysUnder(inspector, prefix)).toEqual([]);
  });
});

describe("maxSessionsPerUser", () => {
  test("Lucia 2: the one that would end first makes room, or the new one is refused", async () => {
    const prefixes = uniquePrefixes();
    const adapter = redis(inspector, prefixes, { maxSessionsPerUser: 2 })(LuciaError);
    const user_id = "ada";
    const sessions = [3, 1, 2].map((minutes) => luciaSession({ user_id, idle_expires: Date.now() + minutes * 60_000 }));
    for (const session of sessions) await adapter.setSession(session);
    const [longest, shortest, newest] = sessions;
    expect(await adapter.getSession(shortest?.id ?? "")).toBeNull();
    expect(new Set(await adapter.getSessionsByUserId(user_id))).toEqual(new Set([longest, newest]));

    const strict = redis(inspector, prefixes, { maxSessionsPerUser: 2, whenFull: "reject" })(LuciaError);
    const refused = strict.setSession(luciaSession({ user_id }));
    await expect(refused).rejects.toBeInstanceOf(KeyspaceError);
    await expect(refused).rejects.toMatchObject({ code: "ERR_SESSION_LIMIT" });
    await adapter.deleteSessionsByUserId(user_id);
  });

  test("Lucia 3", async () => {
    const prefix = uniquePrefixes().session;
    const options = { maxSessionsPerUser: 1, sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };
    const adapter = new RedisAdapter(inspector, () => null, options);
    for (const id of ["first", "second"]) {
      await adapter.setSession({ id, userId: "ada", expiresAt: inAMinute(), attributes: {} });
    }
    expect((await adapter.getUserSessions("ada")).map(({ id }) => id)).toEqual(["second"]);
    await adapter.deleteUserSessions("ada");
  });
});

test("observe is told what happened, without an id", async () => {
  const seen: Observation[] = [];
  const observe = (observation: Observation): void => void seen.push(observation);
  const adapter = redis(inspector, uniquePrefixes(), { observe })(LuciaError);
  const session = luciaSession();
  await adapter.setSession(session);
  await adapter.getSession("unknown");
  await adapter.deleteSessionsByUserId("u1");
  expect(seen.map(({ operation, outcome }) => [operation, outcome])).toEqual([
    ["create", "ok"],
    ["get", "absent"],
    ["deleteAll", "ok"],
  ]);
  expect(JSON.stringify(seen)).not.toContain(session.id);
});

describe("bad input is refused where it is given, by name", () => {
  const lucia2Cases: [string, RedisPrefixes | undefined, unknown, string][] = [
    ["a negative cap", {}, { maxSessionsPerUser: -1 }, "maxSessionsPerUser"],
    ["a cap that is no number", {}, { maxSessionsPerUser: Number.NaN }, "maxSessionsPerUser"],
    ["an unknown policy", {}, { whenFull: "explode" }, "whenFull"],
    ["hashIds", {}, { hashIds: "yes" }, "hashIds"],
    ["peerIndex", {}, { peerIndex: 1 }, "peerIndex"],
    ["a codec that cannot open", {}, { codec: { seal: String } }, "codec.open"],
    ["an observer", {}, { observe: true }, "observe"],
    ["a time limit", {}, { commandTimeoutMs: 0 }, "commandTimeoutMs"],
    ["a misspelt option", {}, { maxSesions: 1 }, "maxSesions"],
    ["an option of Lucia 3", {}, { sessionPrefix: "s:" }, "sessionPrefix"],
    ["a misspelt prefix", { sessions: "s" } as RedisPrefixes, {}, "sessions"],
    ["a prefix that is no string", { session: 1 } as never, {}, "prefixes.session"],
    ["another one", { userSessions: null } as never, {}, "prefixes.userSessions"],
    ["one prefix for both", { session: "same", userSessions: "same" }, {}, "prefixes.session"],
    ["a prefix inside the index", { session: "index", userSessions: "u" }, {}, "prefixes.session"],
    ["an index inside its own prefix", { userSessions: "index" }, {}, "prefixes.userSessions"],
    ["no prefixes", null as never, {}, "prefixes"],
    ["no options", {}, null, "options"],
  ];

  test.each(lucia2Cases)("Lucia 2: %s", (_, prefixes, options, name) => {
    const make = (): unknown => redis(inspector, prefixes, options as RedisOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(name);
  });

  test.each([
    ["no client", undefined, "client"],
    ["something else", {}, "client"],
    ["half a pair", { session: inspector, userSessions: undefined }, "client.userSessions"],
    ["the other half", { session: {}, userSessions: inspector }, "client.session"],
  ])("%s in place of a client", (_, client, name) => {
    for (const make of [
      () => redis(client as StoreClient),
      () => redisSessions(client as StoreClient),
      () => new RedisAdapter(client as StoreClient, () => null),
      () => redisSessions3(client as StoreClient),
    ]) {
      expect(make).toThrow(TypeError);
      expect(make).toThrow(name);
    }
  });

  test.each([
    ["a cap", { maxSessionsPerUser: 0.5 }, "maxSessionsPerUser"],
    ["a misspelt option", { hashids: true }, "hashids"],
    ["an option of Lucia 2", { peerIndex: false }, "peerIndex"],
    ["a prefix that is no string", { sessionPrefix: 1 }, "sessionPrefix"],
    ["a prefix within the other", { sessionPrefix: "s:", userSessionsPrefix: "s:u:" }, "sessionPrefix"],
    ["no options", null, "options"],
  ])("Lucia 3: %s", (_, options, name) => {
    const make = (): unknown => new RedisAdapter(inspector, () => null, options as RedisAdapterOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(name);
  });

  test.each([undefined, null, {}, { getSessionAndUser: () => {} }])("Lucia 3: users %#", (users) => {
    expect(() => new RedisAdapter(inspector, users as never)).toThrow(
      new TypeError('option "users" must be a function that looks up a user, or a Lucia 3 adapter'),
    );
  });
});
