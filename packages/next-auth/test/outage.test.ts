// An outage is not a sign-out: every method rejects, and afterwards everybody is still signed in.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { KeyspaceError } from "redis-keyspace";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RedisAdapter, type RedisAuthAdapter, redisAuth } from "../src/index.js";
import { type Connected, clients } from "./support/clients.js";
import { inMinutes, newAccount, newAuthenticator, newSession, newToken, newUser } from "./support/records.js";

const redis = await startRedis();
afterAll(() => redis.stop());

const options = { commandTimeoutMs: 300 };
const id = "ada";

function everyMethod(adapter: RedisAuthAdapter, { client }: Connected): Promise<unknown>[] {
  const name = { provider: "github", providerAccountId: "secret-account-id-0" };
  const sessionToken = "secret-session-token-0";
  const devices = redisAuth(client, options).sessions;
  const calls: { [Method in keyof RedisAuthAdapter]: () => Promise<unknown> } = {
    createUser: () => adapter.createUser(newUser()),
    getUser: () => adapter.getUser(id),
    getUserByEmail: () => adapter.getUserByEmail("secret-address-0@example.org"),
    getUserByAccount: () => adapter.getUserByAccount(name),
    updateUser: () => adapter.updateUser({ id, name: "Grace" }),
    deleteUser: () => adapter.deleteUser(id),
    linkAccount: () => adapter.linkAccount(newAccount(id)),
    unlinkAccount: () => adapter.unlinkAccount(name),
    getAccount: () => adapter.getAccount(name.providerAccountId, name.provider),
    createSession: () => adapter.createSession(newSession(id, { sessionToken })),
    getSessionAndUser: () => adapter.getSessionAndUser(sessionToken),
    updateSession: () => adapter.updateSession({ sessionToken, expires: inMinutes(90) }),
    deleteSession: () => adapter.deleteSession(sessionToken),
    createVerificationToken: () => adapter.createVerificationToken(newToken("secret-address-0@example.org")),
    useVerificationToken: () => adapter.useVerificationToken({ identifier: "a@b.c", token: "secret-link-token-0" }),
    getAuthenticator: () => adapter.getAuthenticator("secret-credential-0"),
    createAuthenticator: () => adapter.createAuthenticator(newAuthenticator(id)),
    listAuthenticatorsByUserId: () => adapter.listAuthenticatorsByUserId(id),
    updateAuthenticatorCounter: () => adapter.updateAuthenticatorCounter("secret-credential-0", 1),
  };
  expect(Object.keys(calls).sort()).toEqual(Object.keys(adapter).sort());
  return [
    ...Object.values(calls).map((call) => call()),
    devices.list(id),
    devices.revoke(id, sessionToken),
    devices.deleteAll(id),
    devices.count(id),
  ];
}

describe.each(Object.entries(clients))("%s", (_, connect) => {
  let connected: Connected;
  let adapter: RedisAuthAdapter;
  beforeAll(async () => {
    connected = await connect(redis.url);
    adapter = RedisAdapter(connected.client, options);
  });
  afterAll(() => connected.close());
  afterEach(() => redis.resume());

  test("a Redis that hangs: every method rejects on time, and everybody is still signed in afterwards", async () => {
    const user = await adapter.createUser(newUser());
    const session = await adapter.createSession(newSession(user.id));
    redis.pause();
    const start = Date.now();
    const outcomes = await Promise.allSettled(everyMethod(adapter, connected));
    expect(Date.now() - start).toBeLessThan(20 * options.commandTimeoutMs);
    for (const outcome of outcomes) {
      expect(outcome.status).toBe("rejected");
      const { reason } = outcome as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(KeyspaceError);
      expect(reason).toMatchObject({ code: expect.stringMatching(/^ERR_REDIS_(TIMEOUT|UNAVAILABLE)$/) });
      expect(JSON.stringify(reason, Object.getOwnPropertyNames(reason))).not.toContain("secret-");
    }
    redis.resume();
    await expect
      .poll(async () => await adapter.getSessionAndUser(session.sessionToken).catch(() => undefined), {
        timeout: 10_000,
      })
      .toEqual({ session, user });
  });

  test("a Redis that takes no writes: a typed error with every method that writes", async () => {
    const user = await adapter.createUser(newUser());
    const session = await adapter.createSession(newSession(user.id));
    const admin = new Redis(redis.url);
    const account = await adapter.linkAccount(newAccount(user.id));
    // As the legacy package leaves them.
    await admin.persist(`user:session:${session.sessionToken}`);
    await admin.del(`index:user:account:${user.id}`);
    try {
      await admin.replicaof("127.0.0.1", "1");
      for (const write of [
        () => adapter.createUser(newUser()),
        () => adapter.updateUser({ id: user.id, name: "Grace" }),
        () => adapter.createSession(newSession(user.id)),
        () => adapter.updateSession({ sessionToken: session.sessionToken, expires: inMinutes(90) }),
        () => adapter.deleteSession(session.sessionToken),
        () => adapter.linkAccount(newAccount(user.id)),
        () => adapter.deleteUser(user.id),
      ]) {
        await expect(write()).rejects.toMatchObject({ code: "ERR_REDIS_READONLY" });
      }
      expect(await adapter.getSessionAndUser(session.sessionToken)).toEqual({ session, user });
      expect(await adapter.getUserByAccount(account)).toEqual(user);
    } finally {
      await admin.replicaof("NO", "ONE");
      admin.disconnect();
    }
  });
});
