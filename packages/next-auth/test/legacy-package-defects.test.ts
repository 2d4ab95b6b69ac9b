// What the legacy package gets wrong, line by line, and that this one does not. The legacy package runs beside it,
// so that each case is shown to be one.
import { randomUUID } from "node:crypto";
import { UpstashRedisAdapter as legacy } from "@auth/upstash-redis-adapter";
import { Redis as IoRedis } from "ioredis";
import { createClient } from "redis";
import { afterAll, describe, expect, inject, test } from "vitest";
import { RedisAdapter, UpstashRedisAdapter } from "../src/index.js";
import { inspect, keysUnder, uniquePrefix, upstash } from "./support/clients.js";
import { inMinutes, newAccount, newAuthenticator, newSession, newToken, newUser } from "./support/records.js";

const redis = inspect();
const { client, server } = await upstash(inject("redisUrl"));
afterAll(() => server.close());

type Legacy = Required<ReturnType<typeof legacy>>;

function both() {
  const [theirPrefix, ourPrefix] = [uniquePrefix(), uniquePrefix()];
  return {
    theirs: legacy(client, { baseKeyPrefix: theirPrefix }) as Legacy,
    ours: UpstashRedisAdapter(client, { baseKeyPrefix: ourPrefix }),
    theirPrefix,
    ourPrefix,
  };
}

/** What @auth/core gives the legacy adapter. */
const withId = (change: object = {}) => ({ id: randomUUID(), ...newUser(change) });

const ttls = async (prefix: string): Promise<Record<string, number>> => {
  const keys = await keysUnder(redis, prefix);
  return Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await redis.pttl(prefix + key)])));
};

test("A1: a magic link works once, however many click at once", async () => {
  const { theirs, ours } = both();
  const token = newToken("ada@example.org");
  await theirs.createVerificationToken(token);
  await ours.createVerificationToken(token);
  const winners = async (use: () => PromiseLike<unknown> | unknown): Promise<number> =>
    (await Promise.all(Array.from({ length: 20 }, use))).filter((answer) => answer !== null).length;
  expect(await winners(() => theirs.useVerificationToken(token))).toBeGreaterThan(1);
  expect(await winners(() => ours.useVerificationToken(token))).toBe(1);
});

test("A2: what ends has a TTL", async () => {
  const { theirs, ours, theirPrefix, ourPrefix } = both();
  for (const adapter of [theirs, ours as unknown as Legacy]) {
    const user = await adapter.createUser(withId());
    await adapter.createSession(newSession(user.id));
    await adapter.createVerificationToken(newToken(user.email));
  }
  const ending = (found: Record<string, number>): [string, number][] =>
    Object.entries(found).filter(([key]) => /session|token/.test(key));
  expect(ending(await ttls(theirPrefix)).map(([, ttl]) => ttl)).toEqual([-1, -1, -1]);
  const ourTtls = ending(await ttls(ourPrefix));
  expect(ourTtls).toHaveLength(5);
  for (const [key, ttl] of ourTtls) {
    const minutes = key.includes("token") ? 15 : 60;
    expect(ttl).toBeGreaterThan((minutes - 1) * 60_000);
    expect(ttl).toBeLessThanOrEqual(minutes * 60_000);
  }
});

test("A3: deleteUser ends every session and account", async () => {
  const { theirs, ours, theirPrefix, ourPrefix } = both();
  for (const adapter of [theirs, ours as unknown as Legacy]) {
    const user = await adapter.createUser(withId());
    for (let i = 0; i < 3; i++) {
      await adapter.createSession(newSession(user.id));
      await adapter.linkAccount(newAccount(user.id));
    }
    await adapter.deleteUser(user.id);
  }
  expect(await keysUnder(redis, theirPrefix)).toHaveLength(4);
  expect(await keysUnder(redis, ourPrefix)).toEqual([]);
});

test("A4: a former e-mail address leads to nobody, and is free", async () => {
  const { theirs, ours } = both();
  for (const [adapter, left] of [
    [theirs, true],
    [ours as unknown as Legacy, false],
  ] as const) {
    const user = await adapter.createUser(withId());
    const email = `new-${user.email}`;
    await adapter.updateUser({ id: user.id, email });
    expect((await adapter.getUserByEmail(user.email)) !== null).toBe(left);
    expect(await adapter.getUserByEmail(email)).toMatchObject({ id: user.id });
  }
  const first = await ours.createUser(newUser());
  await ours.updateUser({ id: first.id, email: `${randomUUID()}@example.org` });
  const second = await ours.createUser(newUser({ email: first.email }));
  expect(await ours.getUserByEmail(first.email)).toEqual(second);
});

test("A5: a renewal does not bring back a session that was signed out", async () => {
  const { ours } = both();
  const user = await ours.createUser(newUser());
  for (let i = 0; i < 50; i++) {
    const session = await ours.createSession(newSession(user.id));
    const { sessionToken } = session;
    await Promise.all([ours.updateSession({ sessionToken, expires: inMinutes(90) }), ours.deleteSession(sessionToken)]);
    expect(await ours.getSessionAndUser(sessionToken)).toBeNull();
  }
});

test("A5: the legacy package: it does", async () => {
  const { theirs, theirPrefix } = both();
  const user = await theirs.createUser(withId());
  const session = await theirs.createSession(newSession(user.id));
  const deletes = new Proxy(client, {
    get(target, name) {
      if (name !== "get") return Reflect.get(target, name, target);
      return async (key: string) => {
        const value = await target.get(key);
        await theirs.deleteSession(session.sessionToken);
        return value;
      };
    },
  });
  const racing = legacy(deletes, { baseKeyPrefix: theirPrefix }) as Legacy;
  await racing.updateSession({ sessionToken: session.sessionToken, expires: inMinutes(90) });
  expect(await theirs.getSessionAndUser(session.sessionToken)).not.toBeNull();
});

test("A6: unlinkAccount leaves no pointer to an account that is gone", async () => {
  const { theirs, ours, theirPrefix, ourPrefix } = both();
  for (const adapter of [theirs, ours as unknown as Legacy]) {
    const user = await adapter.createUser(withId({ id: "u1" }));
    const account = newAccount(user.id, { providerAccountId: "1" });
    await adapter.linkAccount(account as never);
    await adapter.unlinkAccount(account);
  }
  const [theirPointer] = (await keysUnder(redis, theirPrefix)).filter((key) => key.includes("user:account:"));
  expect(theirPointer).toMatch(/^user:account:by-user-id:/);
  expect((await keysUnder(redis, ourPrefix)).filter((key) => key.includes("account"))).toEqual([]);
});

test("A7: a token that looks like another model's key signs nobody out", async () => {
  const { theirs, ours, theirPrefix, ourPrefix } = both();
  const pointers: number[] = [];
  for (const [adapter, prefix] of [
    [theirs, theirPrefix],
    [ours as unknown as Legacy, ourPrefix],
  ] as const) {
    const user = await adapter.createUser(withId());
    await adapter.createSession(newSession(user.id));
    await adapter.deleteSession(`by-user-id:${user.id}`);
    pointers.push(await redis.exists(`${prefix}user:session:by-user-id:${user.id}`));
  }
  expect(pointers).toEqual([0, 1]);
});

test("A8: a key named null is nobody's business", async () => {
  const { theirs, ours } = both();
  await redis.set("null", "mine");
  const user = await ours.createUser(newUser());
  await ours.deleteUser(user.id);
  expect(await redis.get("null")).toBe("mine");
  const their = await theirs.createUser(withId());
  await theirs.deleteUser(their.id);
  expect(await redis.get("null")).toBeNull();
});

describe("A9: one user for an e-mail address", () => {
  test("of sign-ups at once with one address, one succeeds", async () => {
    const { theirs, ours } = both();
    const user = newUser();
    const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => ours.createUser(user)));
    const created = attempts.filter(({ status }) => status === "fulfilled");
    expect(created).toHaveLength(1);
    const refused = attempts.filter(({ status }) => status === "rejected");
    for (const attempt of refused) expect(attempt).toMatchObject({ reason: { code: "ERR_USER_EXISTS" } });
    const their = await Promise.all([theirs.createUser(withId(user)), theirs.createUser(withId(user))]);
    expect(new Set(their.map(({ id }) => id)).size).toBe(2);
  });

  test("a user without an address writes no key for it, and keeps the id that core gives", async () => {
    const { theirs, ours, theirPrefix, ourPrefix } = both();
    const { email: _, ...rest } = withId();
    const user = await ours.createUser(rest);
    expect(await keysUnder(redis, ourPrefix)).toEqual([`user:${rest.id}`]);
    expect(user.id).toBe(rest.id);
    const their = await theirs.createUser(rest as never);
    expect(await keysUnder(redis, theirPrefix)).toContain("user:email:undefined");
    expect(their.id).not.toBe(rest.id);
  });
});

test("A10: updateUser of a user who is not there makes none", async () => {
  const { theirs, ours, theirPrefix, ourPrefix } = both();
  await theirs.updateUser({ id: "ghost", name: "Boo" });
  expect(await keysUnder(redis, theirPrefix)).not.toEqual([]);
  await expect(ours.updateUser({ id: "ghost", name: "Boo" })).rejects.toMatchObject({ code: "ERR_USER_NOT_FOUND" });
  expect(await keysUnder(redis, ourPrefix)).toEqual([]);
});

test("A11: it does not matter whether the client deserializes", async () => {
  const plain = await upstash(inject("redisUrl"), { automaticDeserialization: false });
  try {
    const prefix = uniquePrefix();
    const theirs = legacy(plain.client, { baseKeyPrefix: prefix }) as Legacy;
    const their = await theirs.createUser(withId());
    expect(await theirs.getUser(their.id)).not.toMatchObject({ id: their.id });

    for (const client_ of [plain.client, client]) {
      const ours = RedisAdapter(client_, { baseKeyPrefix: uniquePrefix() });
      for (const id of ["12345678901234567890", "true", "null", '"quoted"', "1e3"]) {
        const user = await ours.createUser(newUser({ id, name: "12345678901234567890" }));
        expect(await ours.getUserByEmail(user.email)).toEqual(user);
        const session = await ours.createSession(newSession(id));
        expect(await ours.getSessionAndUser(session.sessionToken)).toEqual({ session, user });
      }
    }
  } finally {
    await plain.server.close();
  }
});

test("A12: what looks like a date and is a name stays a name", async () => {
  const { theirs, ours } = both();
  const name = "2024-01-01T00:00:00.000Z";
  const { id } = await theirs.createUser(withId({ name }));
  expect((await theirs.getUser(id))?.name).toBeInstanceOf(Date);
  const user = await ours.createUser(newUser({ name }));
  expect(await ours.getUser(user.id)).toMatchObject({ name, emailVerified: user.emailVerified });
  const account = await ours.linkAccount(newAccount(user.id, { access_token: name }));
  expect(await ours.getAccount(account.providerAccountId, "github")).toMatchObject({ access_token: name });
});

test("A13: deleteSession returns the session, for events.signOut", async () => {
  const { theirs, ours } = both();
  const user = await ours.createUser(newUser());
  const session = await ours.createSession(newSession(user.id));
  expect(await ours.deleteSession(session.sessionToken)).toEqual(session);
  await theirs.createSession(session);
  expect(await theirs.deleteSession(session.sessionToken)).toBeUndefined();
});

test("A14: getAccount and the authenticators are there", async () => {
  const { theirs, ours } = both();
  const user = await ours.createUser(newUser());
  const authenticator = await ours.createAuthenticator(newAuthenticator(user.id));
  expect(await ours.listAuthenticatorsByUserId(user.id)).toEqual([authenticator]);
  for (const method of ["getAccount", "createAuthenticator", "updateAuthenticatorCounter"]) {
    expect(method in ours).toBe(true);
    expect(method in theirs).toBe(false);
  }
});

test("A15: node-redis and ioredis will do", async () => {
  const ioredis = new IoRedis(inject("redisUrl"));
  const nodeRedis = createClient({ url: inject("redisUrl") });
  await nodeRedis.connect();
  try {
    for (const other of [ioredis, nodeRedis]) {
      const ours = RedisAdapter(other, { baseKeyPrefix: uniquePrefix() });
      const user = await ours.createUser(newUser());
      expect(await ours.getUser(user.id)).toEqual(user);
    }
  } finally {
    ioredis.disconnect();
    nodeRedis.destroy();
  }
});
