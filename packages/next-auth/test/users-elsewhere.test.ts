// Sessions in Redis, users in another adapter.
import { streamClients } from "@redis-keyspace/scripts/clients";
import type { Adapter as CoreAdapter } from "auth-core/adapters";
import { Redis } from "ioredis";
import type { Adapter as NextAuthAdapter } from "next-auth/adapters";
import { createSessionStream } from "redis-keyspace/live";
import { afterAll, describe, expect, inject, test, vi } from "vitest";
import { type RedisSession, redisAuthSessions } from "../src/index.js";
import { inspect, keysUnder, uniquePrefix } from "./support/clients.js";
import { inMinutes, newSession } from "./support/records.js";

const redis = inspect();
/** The connection of another process. */
const another = inspect();
const other = new Redis(inject("redisUrl"), { db: 1 });
afterAll(() => other.disconnect());

/** An adapter over a table of users, as those for SQL databases are. */
function table() {
  const users = new Map([["1", { id: "1", email: "ada@example.org", emailVerified: null, role: "reader" as const }]]);
  return {
    getUser: async (id: string) => users.get(id) ?? null,
    getUserByEmail: async (email: string) => [...users.values()].find((user) => user.email === email) ?? null,
    deleteUser: async (id: string) => void users.delete(id),
    createSession: () => expect.unreachable("sessions are in Redis"),
  };
}

describe.each([{ hashIds: false }, { hashIds: true }])("with %o", (options) => {
  test("the user of a session is the other adapter's, and a session never outlives its user", async () => {
    const baseKeyPrefix = uniquePrefix();
    const { adapter, sessions } = redisAuthSessions(redis, table(), { baseKeyPrefix, ...options });
    expect(adapter satisfies NextAuthAdapter).toBe(adapter satisfies CoreAdapter);
    expect((await adapter.getUserByEmail("ada@example.org"))?.id).toBe("1");
    const [first, second] = [newSession("1", { device: "Firefox" }), newSession("1", { expires: inMinutes(90) })];
    for (const session of [first, second]) await adapter.createSession(session);
    const user = { id: "1", email: "ada@example.org", emailVerified: null, role: "reader" };
    expect(await adapter.getSessionAndUser(first.sessionToken)).toEqual({ session: first, user });
    expect(await sessions.count("1")).toBe(2);
    await adapter.deleteUser("1");
    expect(await adapter.getSessionAndUser(first.sessionToken)).toBeNull();
    expect(await keysUnder(redis, baseKeyPrefix)).toEqual([]);
  });

  test("a session is changed, renewed and ended, and what has ended stays ended", async () => {
    const baseKeyPrefix = uniquePrefix();
    const { adapter, sessions } = redisAuthSessions(redis, table(), { baseKeyPrefix, ...options });
    const session = await adapter.createSession(newSession("1", { device: "Firefox" }));
    const { sessionToken } = session;
    const expires = inMinutes(90);
    expect(await adapter.updateSession({ sessionToken, expires })).toEqual({ ...session, expires });
    expect(await adapter.getSessionAndUser(sessionToken)).toMatchObject({ session: { ...session, expires } });
    const [device] = await sessions.list("1", { current: sessionToken });
    expect(device?.current).toBe(true);
    expect(device?.handle === sessionToken).toBe(!options.hashIds);
    expect(await adapter.deleteSession(sessionToken)).toEqual({ ...session, expires });
    expect(await adapter.updateSession({ sessionToken, expires })).toBeNull();
    const { sessionToken: ended } = await adapter.createSession(newSession("1"));
    expect(await adapter.updateSession({ sessionToken: ended, expires: new Date(0) })).toBeNull();
    expect(await adapter.deleteSession(ended)).toBeNull();
    expect(await sessions.list("1")).toEqual([]);
  });
});

test("each kind of key can be in a Redis of its own, and a cap holds", async () => {
  const baseKeyPrefix = uniquePrefix();
  const clients = { session: redis, userSessions: other };
  const { adapter, sessions } = redisAuthSessions(clients, table(), { baseKeyPrefix, maxSessionsPerUser: 1 });
  for (const minutes of [60, 61]) await adapter.createSession(newSession("1", { expires: inMinutes(minutes) }));
  const [left]: { session: RedisSession }[] = await sessions.list("1");
  expect(await keysUnder(redis, baseKeyPrefix)).toEqual([`user:session:${left?.session.sessionToken}`]);
  expect(await keysUnder(other, baseKeyPrefix)).toEqual(["index:user:session:1"]);
  await adapter.deleteUser("1");
});

test("with a cache each request has a session of its own, and one that was ended elsewhere is refused", async () => {
  const tracker = await streamClients["ioredis 6"](inject("redisUrl"));
  const stream = createSessionStream(tracker.client);
  const baseKeyPrefix = uniquePrefix();
  const { adapter } = redisAuthSessions(redis, table(), { baseKeyPrefix, cache: { stream, maxAgeMs: 60_000 } });
  const elsewhere = redisAuthSessions(another, table(), { baseKeyPrefix });
  await stream.ready();
  const { sessionToken } = await adapter.createSession(newSession("1", { list: [1] }));
  const read = async () => (await adapter.getSessionAndUser<RedisSession & { list: number[] }>(sessionToken))?.session;
  const get = vi.spyOn(redis, "get");
  await vi.waitFor(
    async () => {
      get.mockClear();
      await read();
      expect(get).not.toHaveBeenCalled();
    },
    { interval: 2 },
  );
  const changed = await read();
  changed?.list.push(2);
  changed?.expires.setTime(0);
  expect((await read())?.list).toEqual([1]);
  expect((await read())?.expires.getTime()).toBeGreaterThan(Date.now());
  await elsewhere.sessions.deleteAll("1");
  await vi.waitFor(async () => expect(await read()).toBeUndefined(), { interval: 2 });
  await stream.close();
  await tracker.close();
});
