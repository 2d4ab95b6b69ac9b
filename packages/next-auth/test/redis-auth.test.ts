// The adapter and the devices from one call.
import { Redis } from "ioredis";
import { afterAll, expect, expectTypeOf, inject, test } from "vitest";
import { RedisAdapter, type RedisSession, redisAuth, type SessionItem } from "../src/index.js";
import { inspect, keysUnder, uniquePrefix } from "./support/clients.js";
import { newSession, newUser } from "./support/records.js";

const redis = inspect();
const client = new Redis(inject("redisUrl"));
afterAll(() => client.disconnect());

interface Device extends RedisSession {
  userAgent: string;
}

test("the devices are those of the adapter, whatever the options", async () => {
  const baseKeyPrefix = uniquePrefix();
  const options = { baseKeyPrefix, sessionKeyPrefix: "s:", hashIds: true, maxSessionsPerUser: 2 };
  const { adapter, sessions } = redisAuth<Device>(client, options);
  const { id } = await adapter.createUser(newUser());
  const tokens: string[] = [];
  for (const [n, userAgent] of ["Firefox", "Chrome", "Safari"].entries()) {
    const expires = new Date(Date.now() + 60_000 + n);
    const { sessionToken } = await adapter.createSession({ ...newSession(id), expires, userAgent });
    tokens.push(sessionToken);
  }
  const list = await sessions.list(id, { current: tokens[2] });
  expectTypeOf(list).toEqualTypeOf<SessionItem<Device>[]>();
  expect(list.map(({ session, current }) => [session.userAgent, current])).toEqual([
    ["Safari", true],
    ["Chrome", false],
  ]);
  for (const { handle, session } of list) expect(session.sessionToken).toBe(handle);
  expect(await sessions.revoke(id, list[1]?.handle ?? "")).toBe(true);
  expect(await adapter.getSessionAndUser(tokens[1] ?? "")).toBeNull();
  expect(await sessions.deleteAll(id, { except: tokens[2] })).toBe(0);
  expect(await sessions.count(id)).toBe(1);
  await adapter.deleteUser(id);
  expect(await keysUnder(redis, baseKeyPrefix)).toEqual([]);
});

test("the adapter by itself is the same", async () => {
  const options = { baseKeyPrefix: uniquePrefix(), hashIds: true };
  const { adapter, sessions } = redisAuth(client, options);
  const { id } = await RedisAdapter(client, options).createUser(newUser());
  const { sessionToken } = await adapter.createSession(newSession(id));
  expect((await sessions.list(id, { current: sessionToken })).map(({ current }) => current)).toEqual([true]);
  expect(Object.keys(RedisAdapter(client, options))).toEqual(Object.keys(adapter));
});

test("what one turn reads of users, accounts and sessions is one command", async () => {
  const { adapter } = redisAuth(client, { baseKeyPrefix: uniquePrefix() });
  const { id } = await adapter.createUser(newUser());
  const monitor = await redis.monitor();
  const mine: string[] = [];
  monitor.on("monitor", (_time: string, [command = "", ...words]: string[]) => {
    if (words.some((word) => word.includes(id))) mine.push(command.toUpperCase());
  });
  try {
    const found = await Promise.all([
      adapter.getUser(id),
      adapter.getAccount(id, "github"),
      adapter.getAuthenticator(id),
    ]);
    expect(found.map((record) => record !== null)).toEqual([true, false, false]);
    await expect.poll(() => mine).toEqual(["MGET"]);
  } finally {
    monitor.disconnect();
  }
});
