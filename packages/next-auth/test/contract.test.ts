// The cases of the Auth.js adapter contract, on every client. https://authjs.dev/guides/creating-a-database-adapter
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { RedisAdapter, type RedisAuthAdapter, UpstashRedisAdapter } from "../src/index.js";
import { type Connected, clients, inspect, keysUnder, uniquePrefix } from "./support/clients.js";
import { inMinutes, newAccount, newAuthenticator, newSession, newToken, newUser } from "./support/records.js";

const redis = inspect();

describe.each(Object.entries(clients))("%s", (_, connect) => {
  const baseKeyPrefix = uniquePrefix();
  let connected: Connected;
  let adapter: RedisAuthAdapter;

  beforeAll(async () => {
    connected = await connect(inject("redisUrl"));
    adapter = RedisAdapter(connected.client, { baseKeyPrefix });
  });
  afterAll(() => connected.close());

  const stored = async (key: string): Promise<unknown> => JSON.parse((await redis.get(baseKeyPrefix + key)) ?? "null");

  test("is a plain object of its own functions, which need no this", async () => {
    expect(Object.getPrototypeOf(adapter)).toBe(Object.prototype);
    expect(Object.values(adapter).every((method) => typeof method === "function")).toBe(true);
    const { createUser, getUser } = adapter;
    const { id } = await createUser(newUser());
    expect(await getUser(id)).toMatchObject({ id });
  });

  test("createUser, getUser, getUserByEmail", async () => {
    const user = newUser();
    const created = await adapter.createUser(user);
    expect(created).toEqual({ ...user, id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(await adapter.getUser(created.id)).toEqual(created);
    expect(await adapter.getUserByEmail(user.email)).toEqual(created);
    expect(await stored(`user:${created.id}`)).toEqual(JSON.parse(JSON.stringify(created)));
  });

  test("createUser keeps the id that @auth/core gives", async () => {
    const user = { id: randomUUID(), ...newUser() };
    expect(await adapter.createUser(user)).toEqual(user);
  });

  test("what is not there is null", async () => {
    expect(await adapter.getUser("nobody")).toBeNull();
    expect(await adapter.getUserByEmail("nobody@example.org")).toBeNull();
    expect(await adapter.getUserByAccount({ provider: "github", providerAccountId: "none" })).toBeNull();
    expect(await adapter.getSessionAndUser("none")).toBeNull();
    expect(await adapter.updateSession({ sessionToken: "none", expires: inMinutes(1) })).toBeNull();
    expect(await adapter.deleteSession("none")).toBeNull();
    expect(await adapter.useVerificationToken({ identifier: "nobody@example.org", token: "none" })).toBeNull();
    expect(await adapter.getAccount("none", "github")).toBeNull();
    expect(await adapter.getAuthenticator("none")).toBeNull();
    expect(await adapter.listAuthenticatorsByUserId("nobody")).toEqual([]);
    expect(await adapter.unlinkAccount({ provider: "github", providerAccountId: "none" })).toBeUndefined();
    expect(await adapter.deleteUser("nobody")).toBeUndefined();
  });

  // @auth/core passes on what a provider's `profile` returns: Strava's, VK's and WordPress's ids are numbers.
  test("accounts whose provider counts its users", async () => {
    const user = await adapter.createUser(newUser());
    const providerAccountId = 1_234_567 as unknown as string;
    const account = await adapter.linkAccount(newAccount(user.id, { provider: "strava", providerAccountId }));
    expect(account).toMatchObject({ providerAccountId, id: "strava:1234567" });
    expect(await stored("user:account:strava:1234567")).toEqual(account);
    expect(await adapter.getUserByAccount({ provider: "strava", providerAccountId })).toEqual(user);
    expect(await adapter.getAccount(providerAccountId, "strava")).toEqual(account);
    await adapter.unlinkAccount({ provider: "strava", providerAccountId });
    expect(await adapter.getAccount(providerAccountId, "strava")).toBeNull();
    // Of these JSON may have rounded the first, and the others are nobody's count.
    for (const wrong of [2 ** 53, -1, 1.5, 1e21, Number.NaN] as unknown as string[]) {
      const name = { provider: "strava", providerAccountId: wrong };
      await expect(adapter.linkAccount(newAccount(user.id, name))).rejects.toBeInstanceOf(TypeError);
      expect(await adapter.getUserByAccount(name)).toBeNull();
    }
  });

  test("updateUser", async () => {
    const user = await adapter.createUser(newUser());
    const updated = await adapter.updateUser({ id: user.id, name: "Grace", image: undefined, emailVerified: null });
    expect(updated).toEqual({ ...user, name: "Grace", emailVerified: null });
    expect(await adapter.getUser(user.id)).toEqual(updated);
  });

  test("createSession, getSessionAndUser", async () => {
    const user = await adapter.createUser(newUser());
    const session = newSession(user.id);
    expect(await adapter.createSession(session)).toEqual(session);
    const found = await adapter.getSessionAndUser(session.sessionToken);
    expect(found).toEqual({ session, user });
    expect(found?.session.expires).toBeInstanceOf(Date);
  });

  test("updateSession", async () => {
    const user = await adapter.createUser(newUser());
    const session = await adapter.createSession(newSession(user.id));
    for (const expires of [inMinutes(120), inMinutes(30)]) {
      const { sessionToken } = session;
      expect(await adapter.updateSession({ sessionToken, expires })).toEqual({ ...session, expires });
      expect((await adapter.getSessionAndUser(sessionToken))?.session.expires).toEqual(expires);
      expect(await redis.pexpiretime(`${baseKeyPrefix}user:session:${sessionToken}`)).toBe(expires.getTime());
      expect(await redis.pexpiretime(`${baseKeyPrefix}index:user:session:${user.id}`)).toBe(expires.getTime());
    }
    const other = await adapter.createUser(newUser());
    await adapter.updateSession({ sessionToken: session.sessionToken, userId: other.id });
    expect((await adapter.getSessionAndUser(session.sessionToken))?.user).toEqual(other);
  });

  test("deleteSession", async () => {
    const user = await adapter.createUser(newUser());
    const session = await adapter.createSession(newSession(user.id));
    expect(await adapter.deleteSession(session.sessionToken)).toEqual(session);
    expect(await adapter.getSessionAndUser(session.sessionToken)).toBeNull();
    expect(await keysUnder(redis, `${baseKeyPrefix}user:session:`)).not.toContain(`by-user-id:${user.id}`);
  });

  test("linkAccount, getUserByAccount, getAccount, unlinkAccount", async () => {
    const user = await adapter.createUser(newUser());
    const account = newAccount(user.id);
    const id = `github:${account.providerAccountId}`;
    expect(await adapter.linkAccount(account)).toEqual({ ...account, id });
    expect(await adapter.getUserByAccount(account)).toEqual(user);
    expect(await adapter.getAccount(account.providerAccountId, "github")).toEqual({ ...account, id });
    const second = await adapter.linkAccount(newAccount(user.id, { provider: "gitlab" }));
    await adapter.unlinkAccount(second);
    expect(await adapter.getUserByAccount(second)).toBeNull();
    expect(await adapter.getUserByAccount(account)).toEqual(user);
    await adapter.unlinkAccount(account);
    expect(await adapter.getUserByAccount(account)).toBeNull();
    expect(await keysUnder(redis, `${baseKeyPrefix}user:account:by-user-id:${user.id}`)).toEqual([]);
  });

  test("createVerificationToken, useVerificationToken: a wrong identifier takes nothing", async () => {
    const identifier = `${randomUUID()}@example.org`;
    const token = newToken(identifier);
    expect(await adapter.createVerificationToken(token)).toEqual(token);
    expect(await adapter.useVerificationToken({ identifier: `x${identifier}`, token: token.token })).toBeNull();
    expect(await adapter.useVerificationToken({ identifier, token: `x${token.token}` })).toBeNull();
    expect(await adapter.useVerificationToken(token)).toEqual(token);
    expect(await adapter.useVerificationToken(token)).toBeNull();
  });

  test("deleteUser", async () => {
    const user = await adapter.createUser(newUser());
    const sessions = [newSession(user.id), newSession(user.id)];
    const accounts = [newAccount(user.id), newAccount(user.id)];
    for (const session of sessions) await adapter.createSession(session);
    for (const account of accounts) await adapter.linkAccount(account);
    const authenticator = await adapter.createAuthenticator(newAuthenticator(user.id));
    const token = await adapter.createVerificationToken(newToken(user.email));

    await adapter.deleteUser(user.id);
    expect(await adapter.getUser(user.id)).toBeNull();
    expect(await adapter.getUserByEmail(user.email)).toBeNull();
    for (const { sessionToken } of sessions) expect(await adapter.getSessionAndUser(sessionToken)).toBeNull();
    for (const account of accounts) expect(await adapter.getUserByAccount(account)).toBeNull();
    expect(await adapter.getAuthenticator(authenticator.credentialID)).toBeNull();
    expect(await adapter.useVerificationToken(token)).toBeNull();
  });

  test("WebAuthn: createAuthenticator, getAuthenticator, list, updateAuthenticatorCounter", async () => {
    const user = await adapter.createUser(newUser());
    const first = newAuthenticator(user.id);
    const second = newAuthenticator(user.id, { transports: null, counter: 7 });
    expect(await adapter.createAuthenticator(first)).toEqual(first);
    expect(await adapter.createAuthenticator(second)).toEqual(second);
    expect(await adapter.getAuthenticator(first.credentialID)).toEqual(first);
    expect(await adapter.listAuthenticatorsByUserId(user.id)).toEqual(expect.arrayContaining([first, second]));
    expect(await adapter.updateAuthenticatorCounter(first.credentialID, 1)).toEqual({ ...first, counter: 1 });
    expect(await adapter.getAuthenticator(first.credentialID)).toEqual({ ...first, counter: 1 });
    await expect(adapter.updateAuthenticatorCounter("none", 1)).rejects.toMatchObject({ code: "ERR_LINK_NOT_FOUND" });
  });

  test("no key is left of a user who is deleted", async () => {
    const prefix = uniquePrefix();
    const all = UpstashRedisAdapter(connected.client, { baseKeyPrefix: prefix });
    const user = await all.createUser(newUser());
    for (let i = 0; i < 3; i++) {
      await all.createSession(newSession(user.id));
      await all.linkAccount(newAccount(user.id));
      await all.createAuthenticator(newAuthenticator(user.id));
      await all.createVerificationToken(newToken(user.email));
    }
    await all.updateUser({ id: user.id, email: `new-${user.email}` });
    await all.createVerificationToken(newToken(`new-${user.email}`));
    expect(await keysUnder(redis, prefix)).toHaveLength(18);
    await all.deleteUser(user.id);
    expect(await keysUnder(redis, prefix)).toEqual([]);
  });
});
