// The adapter and the devices from one call, for Lucia 2.
import { LuciaError, type SessionSchema } from "lucia-2";
import { expect, expectTypeOf, test, vi } from "vitest";
import redis, { redisLucia, type SessionItem } from "../../src/index.js";
import { altered, inspect, uniquePrefixes } from "../support/clients.js";
import { lucia2, luciaSession, newUser } from "../support/lucia-2.js";

const inspector = inspect();

test("the devices are those of the adapter, whatever the options", async () => {
  const { adapter, sessions } = redisLucia<SessionSchema>(inspector, {
    prefixes: uniquePrefixes(),
    hashIds: true,
    legacyIndex: false,
    maxSessionsPerUser: 2,
  });
  const auth = lucia2(adapter);
  const userId = await newUser(auth);
  const ids: string[] = [];
  for (const country of ["NL", "BE", "DE"]) {
    ids.push((await auth.createSession({ userId, attributes: { country } })).sessionId);
    const createdAt = Date.now();
    await vi.waitUntil(() => Date.now() > createdAt, { interval: 1 });
  }
  const listed = await sessions.list(userId, { current: ids[2] });
  expectTypeOf(listed).toEqualTypeOf<SessionItem<SessionSchema>[]>();
  expect(listed.map(({ session, current }) => [session.country, current])).toEqual([
    ["DE", true],
    ["BE", false],
  ]);
  for (const { handle, session } of listed) expect(session.id).toBe(handle);
  expect(await sessions.revoke(userId, listed[1]?.handle ?? "")).toBe(true);
  expect(await sessions.deleteAll(userId, { except: ids[2] })).toBe(0);
  expect((await auth.validateSession(ids[2] ?? "")).sessionId).toBe(ids[2]);
  expect(await sessions.deleteAll(userId)).toBe(1);
});

test("each part by itself is the same", async () => {
  const prefixes = uniquePrefixes();
  const options = { hashIds: true, maxSessionsPerUser: 5 };
  const { adapter, sessions } = redisLucia(inspector, { prefixes, ...options });
  const session = luciaSession();
  await redis(inspector, prefixes, options)(LuciaError).setSession(session);
  expect(await adapter(LuciaError).getSession(session.id)).toEqual(session);
  expect(await sessions.list("u1", { current: session.id })).toMatchObject([{ current: true }]);
  expect(await sessions.deleteAll("u1")).toBe(1);
});

test.each([false, true])("with hashIds %s an id ends a session in one command, and a handle does", async (hashIds) => {
  const sent: unknown[][] = [];
  const note = (original: (...args: unknown[]) => Promise<unknown>, ...args: unknown[]): Promise<unknown> => {
    sent.push(args);
    return original(...args);
  };
  const client = altered(inspector, { get: note, evalsha: note });
  const { adapter, sessions } = redisLucia(client, { prefixes: uniquePrefixes(), hashIds });
  const methods = adapter(LuciaError);
  const [byId, byHandle] = [luciaSession(), luciaSession()];
  await methods.setSession(byId);
  await methods.deleteSession(byId.id);
  await methods.setSession(byHandle);
  const [item] = await sessions.list("u1");
  sent.length = 0;
  await methods.deleteSession(byId.id);
  expect(sent).toHaveLength(1);
  await methods.deleteSession(item?.handle ?? "");
  expect(sent).toHaveLength(2);
  if (hashIds) expect(JSON.stringify(sent)).not.toContain(byId.id);
  expect(await methods.getSession(byHandle.id)).toBeNull();
});
