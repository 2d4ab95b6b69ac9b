import { startCluster } from "@redis-keyspace/scripts/servers";
import { kv } from "@vercel/kv";
import { Cluster, Redis } from "ioredis";
import { createCluster } from "redis";
import type { Observation } from "redis-keyspace";
import { afterAll, describe, expect, inject, test, vi } from "vitest";
import {
  RedisAdapter,
  type RedisAdapterOptions,
  redisAuth,
  redisAuthSessions,
  UpstashRedisAdapter,
} from "../src/index.js";
import { inspect, keysUnder, uniquePrefix, upstash } from "./support/clients.js";
import { newAccount, newAuthenticator, newSession, newToken, newUser } from "./support/records.js";

const redis = inspect();

describe("a wrong option is a TypeError that names it", () => {
  const wrong: [RedisAdapterOptions, RegExp][] = [
    [{ baseKeyPrefx: "x" } as RedisAdapterOptions, /option "baseKeyPrefx" is not known/],
    [{ codec: {} } as RedisAdapterOptions, /option "codec.seal" must be a function/],
    [{ accountCodec: { seal: String } } as unknown as RedisAdapterOptions, /option "accountCodec.open" must be/],
    [{ topology: "atomic" } as RedisAdapterOptions, /option "topology" is not known/],
    [{ cache: {} } as RedisAdapterOptions, /option "cache.stream" is missing/],
    [{ cache: { stream: {} } } as RedisAdapterOptions, /option "cache.stream" must be made by createSessionStream/],
    [{ stream: {} } as RedisAdapterOptions, /option "stream" must be made by createSessionStream/],
    [{ baseKeyPrefix: 7 } as unknown as RedisAdapterOptions, /option "baseKeyPrefix" must be/],
    [{ userKeyPrefix: null } as unknown as RedisAdapterOptions, /option "userKeyPrefix" must be/],
    [{ userKeyPrefix: "user:email:" }, /option "(user|email)KeyPrefix" .* is the beginning of option/],
    [{ userKeyPrefix: "" }, /option "userKeyPrefix" .* is the beginning of option "authenticatorPrefix"/],
    [{ emailKeyPrefix: "user:" }, /option "emailKeyPrefix" .* is the beginning of option "/],
    [
      { emailKeyPrefix: "user:session:mail:" },
      /option "sessionKeyPrefix" .* is the beginning of option "emailKeyPrefix"/,
    ],
    [{ accountByUserIdPrefix: "user:account:" }, /is the beginning of option/],
    [{ sessionKeyPrefix: "user:account:by-user-id:s:" }, /option "accountKeyPrefix" .* is the beginning/],
    [{ verificationTokenKeyPrefix: "index:" }, /option "verificationTokenKeyPrefix" .* is the beginning/],
    [{ maxSessionsPerUser: 0 }, /option "maxSessionsPerUser" must be/],
    [{ hashIds: "yes" } as unknown as RedisAdapterOptions, /option "hashIds" must be/],
    [{ commandTimeoutMs: 0 }, /option "commandTimeoutMs" must be/],
    [{ observe: 1 } as unknown as RedisAdapterOptions, /option "observe" must be/],
  ];
  test.each(wrong)("%o", (options, message) => {
    for (const make of [RedisAdapter, redisAuth]) {
      expect(() => make(redis, options)).toThrow(TypeError);
      expect(() => make(redis, options)).toThrow(message);
    }
  });

  test("where users are in another adapter too", () => {
    const users = { getUser: () => null };
    expect(() => redisAuthSessions(redis, {})).toThrow(/option "users.getUser" must be a function/);
    expect(() => redisAuthSessions({ session: redis } as never, users)).toThrow(
      /option "client.userSessions" is missing/,
    );
    expect(() => redisAuthSessions(redis, users, { userKeyPrefix: "u:" } as never)).toThrow(
      /"userKeyPrefix" is not known/,
    );
    expect(() => redisAuthSessions(redis, users, { sessionKeyPrefix: "" })).toThrow(/option "sessionKeyPrefix"/);
    expect(() => redisAuthSessions(redis, users, { maxSessionsPerUser: 0 })).toThrow(/option "maxSessionsPerUser"/);
  });

  test("a client that is none", () => {
    for (const make of [RedisAdapter, redisAuth]) {
      expect(() => make({} as never)).toThrow(/option "client" must be/);
      expect(() => make({ session: redis, userSessions: redis } as never)).toThrow(/option "client" must be/);
    }
  });
});

test("a client that is not there yet, as kv of @vercel/kv without its environment, is looked at when somebody signs in", async () => {
  const { server } = await upstash(inject("redisUrl"));
  const adapter = UpstashRedisAdapter(kv, { baseKeyPrefix: uniquePrefix() });
  await expect(adapter.getUser("id")).rejects.toMatchObject({
    code: "ERR_REDIS_UNAVAILABLE",
    cause: { message: expect.stringContaining("Missing required environment variables KV_REST_API_URL") },
  });
  vi.stubEnv("KV_REST_API_URL", server.url);
  vi.stubEnv("KV_REST_API_TOKEN", server.token);
  const user = await adapter.createUser(newUser());
  const session = await adapter.createSession(newSession(user.id));
  expect(await adapter.getSessionAndUser(session.sessionToken)).toEqual({ session, user });
  await adapter.deleteUser(user.id);
  vi.unstubAllEnvs();
  await server.close();
});

test("any prefixes that keep the models apart", async () => {
  const baseKeyPrefix = uniquePrefix();
  const adapter = RedisAdapter(redis, {
    baseKeyPrefix,
    accountKeyPrefix: "a*:",
    accountByUserIdPrefix: "au:",
    emailKeyPrefix: "e[1]:",
    sessionKeyPrefix: "s:",
    sessionByUserIdKeyPrefix: "su:",
    userKeyPrefix: "u:",
    verificationTokenKeyPrefix: "t:",
  });
  const user = await adapter.createUser(newUser({ id: "session:1" }));
  await adapter.createSession(newSession(user.id, { sessionToken: "by-user-id:1" }));
  await adapter.linkAccount(newAccount(user.id, { provider: "p", providerAccountId: "1" }));
  await adapter.createVerificationToken(newToken(user.email, { token: "k" }));
  expect(await keysUnder(redis, baseKeyPrefix)).toEqual(
    [
      "a*:p:1",
      "au:session:1",
      `e[1]:${user.email}`,
      "index:a*:session:1",
      "index:s:session:1",
      `index:t:${user.email}`,
      "s:by-user-id:1",
      "su:session:1",
      `t:${user.email}:k`,
      "u:session:1",
    ].sort(),
  );
  expect((await adapter.getSessionAndUser("by-user-id:1"))?.user).toEqual(user);
  await adapter.deleteUser(user.id);
  expect(await keysUnder(redis, baseKeyPrefix)).toEqual([]);
});

test("a prefix of the client's stands in front of every key", async () => {
  const keyPrefix = uniquePrefix();
  const client = new Redis(inject("redisUrl"), { keyPrefix });
  afterAll(() => client.disconnect());
  const adapter = RedisAdapter(client);
  const user = await adapter.createUser(newUser());
  const session = await adapter.createSession(newSession(user.id));
  await adapter.linkAccount(newAccount(user.id));
  await adapter.createAuthenticator(newAuthenticator(user.id));
  await adapter.createVerificationToken(newToken(user.email));
  expect(await keysUnder(redis, keyPrefix)).toHaveLength(12);
  expect(await adapter.getSessionAndUser(session.sessionToken)).toEqual({ session, user });
  expect(await redisAuth(client).sessions.count(user.id)).toBe(1);
  await adapter.updateUser({ id: user.id, email: `new-${user.email}` });
  await adapter.deleteUser(user.id);
  expect(await keysUnder(redis, keyPrefix)).toEqual([]);
});

test("observe is told of every operation, and of no id", async () => {
  const seen: Observation[] = [];
  const adapter = RedisAdapter(redis, { baseKeyPrefix: uniquePrefix(), observe: (event) => void seen.push(event) });
  const user = await adapter.createUser(newUser());
  const session = await adapter.createSession(newSession(user.id));
  await adapter.getSessionAndUser(session.sessionToken);
  await adapter.getAccount("none", "github");
  await adapter.useVerificationToken({ identifier: "a@b.c", token: "none" });
  await expect(adapter.createUser({ ...user, name: "Eve" })).rejects.toThrow();
  await adapter.deleteUser(user.id);
  expect(seen.map(({ keyKind, operation, outcome }) => `${keyKind} ${operation}: ${outcome}`)).toEqual([
    "user create: ok",
    "session create: ok",
    "session getWithUser: ok",
    "link get: absent",
    "token take: absent",
    "user create: ERR_USER_EXISTS",
    "user delete: ok",
  ]);
  expect(JSON.stringify(seen)).not.toContain(user.id);
});

describe("on a Cluster", async () => {
  const cluster = await startCluster();
  const ioredis = new Cluster(cluster.nodes);
  const nodeRedis = createCluster({ rootNodes: cluster.rootNodes });
  nodeRedis.on("error", () => {});
  await nodeRedis.connect();
  afterAll(async () => {
    ioredis.disconnect();
    nodeRedis.destroy();
    await cluster.stop();
  });

  test.each([
    ["ioredis", ioredis],
    ["node-redis", nodeRedis],
  ])("%s: a hash tag in baseKeyPrefix is needed, and enough", async (_, client) => {
    for (const make of [RedisAdapter, redisAuth]) {
      expect(() => make(client)).toThrow(/option "baseKeyPrefix" must have .*hash tag/);
      expect(() => make(client, { baseKeyPrefix: "app:" })).toThrow(/option "baseKeyPrefix"/);
    }
    const adapter = RedisAdapter(client, { baseKeyPrefix: "{app}:" });
    const user = await adapter.createUser(newUser());
    const session = await adapter.createSession(newSession(user.id));
    const account = await adapter.linkAccount(newAccount(user.id));
    const token = await adapter.createVerificationToken(newToken(user.email));
    expect(await adapter.getSessionAndUser(session.sessionToken)).toEqual({ session, user });
    expect(await adapter.getUserByAccount(account)).toEqual(user);
    expect(await adapter.getUserByEmail(user.email)).toEqual(user);
    expect(await adapter.useVerificationToken(token)).toEqual(token);
    expect(await redisAuth(client, { baseKeyPrefix: "{app}:" }).sessions.count(user.id)).toBe(1);
    await adapter.deleteUser(user.id);
    expect(await adapter.getSessionAndUser(session.sessionToken)).toBeNull();
  });
});
