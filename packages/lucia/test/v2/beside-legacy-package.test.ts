// Beside @lucia-auth/adapter-session-redis, on the same keys: what it wrote before, and what it writes during a rolling
// deploy.
import { ioredis as legacy, redis as legacyForNodeRedis } from "@lucia-auth/adapter-session-redis";
import { LuciaError } from "lucia-2";
import { createClient } from "redis";
import { afterAll, describe, expect, inject, test, vi } from "vitest";
import redis, { redisLucia } from "../../src/index.js";
import { inspect, uniquePrefixes } from "../support/clients.js";
import { lucia2, luciaSession, newUser } from "../support/lucia-2.js";

const inspector = inspect();
const nodeRedis = createClient({ url: inject("redisUrl") });
await nodeRedis.connect();
afterAll(() => nodeRedis.destroy());

const byId = (a: { id: string }, b: { id: string }): number => a.id.localeCompare(b.id);

test("the default keys are the same", async () => {
  const session = luciaSession({ user_id: luciaSession().id });
  await legacy(inspector)(LuciaError).setSession(session);
  expect(await redis(inspector)(LuciaError).getSession(session.id)).toEqual(session);
  await redis(inspector)(LuciaError).deleteSessionsByUserId(session.user_id);
  const keys = [`session:${session.id}`, `user_sessions:${session.user_id}`, `index:user_sessions:${session.user_id}`];
  expect(await inspector.exists(...keys)).toBe(0);
});

test("each prefix can be left out", async () => {
  const { session: prefix } = uniquePrefixes();
  const session = luciaSession({ user_id: luciaSession().id });
  await redis(inspector, { session: prefix })(LuciaError).setSession(session);
  const keys = [
    `${prefix}:${session.id}`,
    `user_sessions:${session.user_id}`,
    `index:user_sessions:${session.user_id}`,
  ];
  expect(await inspector.exists(...keys)).toBe(3);
  await redis(inspector, { session: prefix })(LuciaError).deleteSessionsByUserId(session.user_id);
  expect(await inspector.exists(...keys)).toBe(0);
});

describe.each([
  ["ioredis", legacy(inspector, uniquePrefixes())],
  ["node-redis", legacyForNodeRedis(nodeRedis as never, uniquePrefixes())],
])("the value for one session, as %s wrote it", (name) => {
  test("is the same, byte for byte", async () => {
    const [prefixes, otherPrefixes] = [uniquePrefixes(), uniquePrefixes()];
    const theirs = name === "ioredis" ? legacy(inspector, prefixes) : legacyForNodeRedis(nodeRedis as never, prefixes);
    const session = { country: "NL", nested: { list: [], big: 2 ** 60 }, ...luciaSession(), text: 'ü "\\' };
    await theirs(LuciaError).setSession(session);
    await redis(inspector, otherPrefixes)(LuciaError).setSession(session);
    const [written, ours] = await inspector.mget(
      `${prefixes.session}:${session.id}`,
      `${otherPrefixes.session}:${session.id}`,
    );
    expect(ours).toBe(written);

    await theirs(LuciaError).updateSession(session.id, { country: "BE" } as object);
    await redis(inspector, otherPrefixes)(LuciaError).updateSession(session.id, { country: "BE" } as object);
    const [rewritten, oursAgain] = await inspector.mget(
      `${prefixes.session}:${session.id}`,
      `${otherPrefixes.session}:${session.id}`,
    );
    expect(oursAgain).toBe(rewritten);
  });
});

describe.each([
  ["one database", inspector],
  ["a client each", { session: inspector, userSessions: nodeRedis }],
])("old and new processes on %s", (_, client) => {
  const setUp = () => {
    const prefixes = uniquePrefixes();
    const { adapter, sessions } = redisLucia(client, { prefixes });
    return {
      prefixes,
      old: legacy(inspector, prefixes)(LuciaError),
      new: adapter(LuciaError),
      devices: sessions,
    };
  };

  test("users who signed in before stay signed in, are listed, renewed and revoked", async () => {
    const { old, new: ours, devices } = setUp();
    const [first, second, third] = [luciaSession(), luciaSession(), luciaSession()];
    const sessions = [first, second, third].sort(byId);
    for (const session of sessions) await old.setSession(session);
    expect(await ours.getSession(first.id)).toEqual(first);
    expect((await ours.getSessionsByUserId("u1")).sort(byId)).toEqual(sessions);
    expect(await devices.count("u1")).toBe(3);

    const renewed = { ...first, idle_expires: first.idle_expires + 5000 };
    await ours.updateSession(first.id, { idle_expires: renewed.idle_expires });
    expect(await old.getSession(first.id)).toEqual(renewed);
    expect((await old.getSessionsByUserId("u1")).sort(byId)).toEqual([renewed, second, third].sort(byId));

    await ours.deleteSession(first.id);
    expect(await devices.revoke("u1", second.id)).toBe(true);
    expect(await old.getSessionsByUserId("u1")).toEqual([third]);
    expect(await devices.deleteAll("u1", { except: third.id })).toBe(0);
    expect(await devices.deleteAll("u1")).toBe(1);
    expect(await old.getSession(third.id)).toBeNull();
  });

  test("users who sign in at a new process are signed in at an old one, listed, renewed and revoked", async () => {
    const { old, new: ours } = setUp();
    const [first, second, third] = [luciaSession(), luciaSession(), luciaSession()];
    for (const session of [first, second, third]) await ours.setSession(session);
    expect(await old.getSession(first.id)).toEqual(first);
    expect((await old.getSessionsByUserId("u1")).sort(byId)).toEqual([first, second, third].sort(byId));

    const renewed = { ...first, idle_expires: first.idle_expires + 5000 };
    await old.updateSession(first.id, { idle_expires: renewed.idle_expires });
    expect(await ours.getSession(first.id)).toEqual(renewed);

    await old.deleteSession(second.id);
    expect(await ours.getSession(second.id)).toBeNull();
    expect((await ours.getSessionsByUserId("u1")).sort(byId)).toEqual([renewed, third].sort(byId));
    await old.deleteSessionsByUserId("u1");
    expect(await ours.getSession(third.id)).toBeNull();
    expect(await ours.getSessionsByUserId("u1")).toEqual([]);
  });

  test("a session that an old process renewed is listed and revoked after the end that we knew of", async () => {
    const { old, new: ours, devices } = setUp();
    const session = luciaSession({ idle_expires: Date.now() + 1500 });
    await ours.setSession(session);
    // The old package rounds down to seconds.
    const renewed = { ...session, idle_expires: session.idle_expires + 2500 };
    await old.updateSession(session.id, { idle_expires: renewed.idle_expires });
    await vi.waitUntil(() => Date.now() > session.idle_expires, { timeout: 10_000 });
    expect(await devices.list("u1")).toEqual([{ handle: session.id, session: renewed, current: false }]);
    expect(await devices.deleteAll("u1")).toBe(1);
    expect(await old.getSession(session.id)).toBeNull();
  });

  test("sign-outs everywhere at an old and a new process at once leave nothing live and unlisted", async () => {
    const { old, new: ours } = setUp();
    for (let round = 0; round < 20; round++) {
      const sessions = Array.from({ length: 6 }, () => luciaSession());
      await Promise.all(sessions.map((session, n) => (n % 2 === 0 ? old : ours).setSession(session)));
      await Promise.all([old.deleteSessionsByUserId("u1"), ours.deleteSessionsByUserId("u1")]);
      expect(await Promise.all(sessions.map(({ id }) => ours.getSession(id)))).toEqual(Array(6).fill(null));
    }
  });

  test("Lucia moves over with the change of an import", async () => {
    const prefixes = uniquePrefixes();
    const before = lucia2(legacy(inspector, prefixes));
    const after = lucia2(redis(client, prefixes));
    const userId = await newUser(before);
    await after.createUser({ userId, key: null, attributes: { username: "ada" } });
    const { sessionId } = await before.createSession({ userId, attributes: { country: "NL" } });
    expect((await after.validateSession(sessionId)).user).toEqual({ userId });
    await after.invalidateAllUserSessions(userId);
    await expect(before.validateSession(sessionId)).rejects.toMatchObject({ message: "AUTH_INVALID_SESSION_ID" });
  });
});

test("without legacyIndex its sets are neither read nor written", async () => {
  const prefixes = uniquePrefixes();
  const alone = redis(inspector, prefixes, { legacyIndex: false })(LuciaError);
  const [theirs, ours] = [luciaSession(), luciaSession()];
  await legacy(inspector, prefixes)(LuciaError).setSession(theirs);
  await alone.setSession(ours);
  expect(await alone.getSession(theirs.id)).toEqual(theirs);
  expect(await alone.getSessionsByUserId("u1")).toEqual([ours]);
  expect(await inspector.smembers(`${prefixes.userSessions}:u1`)).toEqual([theirs.id]);
});
