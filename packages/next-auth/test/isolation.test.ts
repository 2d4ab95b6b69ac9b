// Ids are hostile input: none reaches a key of another model, and two names never make one record.
import { afterAll, expect, inject, test } from "vitest";
import { RedisAdapter, redisAuth } from "../src/index.js";
import { clients, inspect, keysUnder, uniquePrefix } from "./support/clients.js";
import { inMinutes, newAccount, newAuthenticator, newSession, newToken, newUser } from "./support/records.js";

const redis = inspect();
const { client, close } = await (clients["ioredis"] as NonNullable<(typeof clients)[string]>)(inject("redisUrl"));
afterAll(() => close());

const baseKeyPrefix = uniquePrefix();
const adapter = RedisAdapter(client, { baseKeyPrefix });
const devices = redisAuth(client, { baseKeyPrefix }).sessions;

const victim = await adapter.createUser(newUser());
const session = await adapter.createSession(newSession(victim.id));
const account = await adapter.linkAccount(newAccount(victim.id));
const token = await adapter.createVerificationToken(newToken(victim.email));

async function everything(): Promise<Record<string, unknown>> {
  const keys = await keysUnder(redis, baseKeyPrefix);
  const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(baseKeyPrefix + key)));
  return Object.fromEntries(keys.map((key, i) => [key, dumps[i]?.toString("hex")]));
}

/** Ids whose key would be another model's. */
const foreign = {
  user: [
    `session:${session.sessionToken}`,
    `session:by-user-id:${victim.id}`,
    `email:${victim.email}`,
    `account:github:${account.providerAccountId}`,
    `account:by-user-id:${victim.id}`,
    `token:${token.identifier}:${token.token}`,
    "email:",
  ],
  session: [`by-user-id:${victim.id}`, "by-user-id:"],
};

const impossible = ["", "x".repeat(513), "\ud800", undefined, null, 7, {}] as unknown as string[];

test("another model's key is nobody to a reader, and changes nothing", async () => {
  const before = await everything();
  for (const id of [...foreign.user, ...impossible]) {
    expect(await adapter.getUser(id)).toBeNull();
    await adapter.deleteUser(id);
    expect(await adapter.listAuthenticatorsByUserId(id)).toEqual([]);
    expect(await devices.list(id)).toEqual([]);
    expect(await devices.count(id)).toBe(0);
    expect(await devices.deleteAll(id)).toBe(0);
    await expect(adapter.updateUser({ id, name: "Eve" })).rejects.toMatchObject({ code: "ERR_USER_NOT_FOUND" });
  }
  for (const sessionToken of [...foreign.session, ...impossible]) {
    expect(await adapter.getSessionAndUser(sessionToken)).toBeNull();
    expect(await adapter.updateSession({ sessionToken, expires: inMinutes(90) })).toBeNull();
    expect(await adapter.updateSession({ sessionToken, userId: victim.id })).toBeNull();
    expect(await adapter.deleteSession(sessionToken)).toBeNull();
    expect(await devices.revoke(victim.id, sessionToken)).toBe(false);
  }
  for (const provider of ["by-user-id", ...impossible]) {
    const name = { provider, providerAccountId: victim.id };
    expect(await adapter.getUserByAccount(name)).toBeNull();
    expect(await adapter.getAccount(victim.id, provider)).toBeNull();
    expect(await adapter.unlinkAccount(name)).toBeUndefined();
  }
  for (const email of impossible) {
    expect(await adapter.getUserByEmail(email)).toBeNull();
    expect(await adapter.useVerificationToken({ identifier: email, token: token.token })).toBeNull();
    expect(await adapter.useVerificationToken({ identifier: token.identifier, token: email })).toBeNull();
  }
  expect(await everything()).toEqual(before);
});

test("another model's key is a TypeError for a writer, and writes nothing", async () => {
  const before = await everything();
  for (const id of [...foreign.user, "", "x".repeat(513), "\ud800"]) {
    const email = `${id.length}@example.org`;
    await expect(adapter.createUser(newUser({ id, email }))).rejects.toThrow(TypeError);
    await expect(adapter.createSession(newSession(id))).rejects.toThrow(TypeError);
    await expect(adapter.linkAccount(newAccount(id))).rejects.toThrow(TypeError);
    await expect(adapter.createAuthenticator(newAuthenticator(id))).rejects.toThrow(TypeError);
    await expect(adapter.updateSession({ sessionToken: session.sessionToken, userId: id })).rejects.toThrow(TypeError);
  }
  for (const sessionToken of [...foreign.session, "", "\ud800"]) {
    await expect(adapter.createSession(newSession(victim.id, { sessionToken }))).rejects.toThrow(TypeError);
  }
  await expect(adapter.linkAccount(newAccount(victim.id, { provider: "by-user-id" }))).rejects.toThrow(TypeError);
  await expect(adapter.createVerificationToken(newToken(""))).rejects.toThrow(TypeError);
  await expect(adapter.createUser(newUser({ email: "x".repeat(513) }))).rejects.toThrow(TypeError);
  expect(await everything()).toEqual(before);
});

test("two names that make one key are not one record", async () => {
  const other = await adapter.createUser(newUser());
  await adapter.linkAccount(newAccount(victim.id, { provider: "a:b", providerAccountId: "c" }));
  const alias = { provider: "a", providerAccountId: "b:c" };
  expect(await adapter.getUserByAccount(alias)).toBeNull();
  expect(await adapter.getAccount("b:c", "a")).toBeNull();
  expect(await adapter.unlinkAccount(alias)).toBeUndefined();
  for (const { id } of [other, victim]) {
    await expect(adapter.linkAccount(newAccount(id, alias))).rejects.toMatchObject({ code: "ERR_LINK_EXISTS" });
  }
  expect(await adapter.getUserByAccount({ provider: "a:b", providerAccountId: "c" })).toEqual(victim);

  await adapter.createVerificationToken(newToken("ada@example.org:1", { token: "2" }));
  expect(await adapter.useVerificationToken({ identifier: "ada@example.org", token: "1:2" })).toBeNull();
  expect(await adapter.useVerificationToken({ identifier: "ada@example.org:1", token: "2" })).not.toBeNull();
});

test("any characters go round, and a record is no other's", async () => {
  for (const id of [
    "*",
    "a{b}c",
    "a\0b",
    "line\nbreak",
    "__proto__",
    "constructor",
    "ünï😀",
    '"quo\\te"',
    "[1,2]",
    " ",
  ]) {
    const user = await adapter.createUser(
      newUser({
        id,
        email: `${id}@example.org`,
        name: `}],"id":"${victim.id}`,
        nested: { id: "x", list: [{}, [], "]}"] },
      }),
    );
    expect(await adapter.getUser(id)).toEqual(user);
    expect(await adapter.getUserByEmail(`${id}@example.org`)).toEqual(user);
    const own = await adapter.createSession(newSession(id, { sessionToken: `token ${id}` }));
    expect(await adapter.getSessionAndUser(own.sessionToken)).toEqual({ session: own, user });
    const linked = await adapter.linkAccount(newAccount(id, { provider: id, providerAccountId: id }));
    expect(await adapter.getUserByAccount(linked)).toEqual(user);
    const name = '\ud800 \u2028 \\u0041 "';
    expect(await adapter.updateUser({ id, name, extra: [] } as never)).toEqual({ ...user, name, extra: [] });
    expect(await adapter.updateUser({ id, email: `new ${id}` })).toMatchObject({ id, email: `new ${id}` });
    expect(await adapter.getUserByEmail(`${id}@example.org`)).toBeNull();
    expect((await adapter.getUserByEmail(`new ${id}`)) as unknown).toMatchObject({
      id,
      nested: { list: [{}, [], "]}"] },
    });
    await adapter.deleteUser(id);
    expect((await keysUnder(redis, baseKeyPrefix)).filter((key) => key.includes(id) && id !== " ")).toEqual([]);
  }
});
