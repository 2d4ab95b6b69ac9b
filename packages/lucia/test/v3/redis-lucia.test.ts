// The adapter and the devices from one call, for Lucia 3.
import { type Adapter, type DatabaseSession, Lucia } from "lucia-3";
import { expect, expectTypeOf, test, vi } from "vitest";
import { RedisAdapter, redisLucia, type SessionItem } from "../../src/v3.js";
import { altered, inspect } from "../support/clients.js";
import { ada, inMinutes, uniqueOptions } from "../support/lucia-3.js";

const inspector = inspect();

test("the devices are those of the adapter, whatever the options", async () => {
  const options = { ...uniqueOptions(), hashIds: true, maxSessionsPerUser: 2 };
  const { adapter, sessions } = redisLucia<DatabaseSession>(inspector, () => ada, options);
  expectTypeOf(adapter).toExtend<Adapter>();
  expect(adapter).toBeInstanceOf(RedisAdapter);
  const lucia = new Lucia(adapter);
  const ids: string[] = [];
  for (const country of ["NL", "BE", "DE"]) {
    ids.push((await lucia.createSession("ada", { country })).id);
    const createdAt = Date.now();
    await vi.waitUntil(() => Date.now() > createdAt, { interval: 1 });
  }
  const listed = await sessions.list("ada", { current: ids[2] });
  expectTypeOf(listed).toEqualTypeOf<SessionItem<DatabaseSession>[]>();
  expect(listed.map(({ session, current }) => [session.attributes.country, current])).toEqual([
    ["DE", true],
    ["BE", false],
  ]);
  for (const { handle, session } of listed) expect(session.id).toBe(handle);
  expect(await sessions.revoke("ada", listed[1]?.handle ?? "")).toBe(true);
  expect(await sessions.deleteAll("ada", { except: ids[2] })).toBe(0);
  expect((await lucia.validateSession(ids[2] ?? "")).session?.id).toBe(ids[2]);
  expect(await sessions.deleteAll("ada")).toBe(1);
});

test("each part by itself is the same", async () => {
  const options = { ...uniqueOptions(), hashIds: true };
  const { adapter, sessions } = redisLucia(inspector, () => ada, options);
  const session = { id: "the-session", userId: "ada", expiresAt: inMinutes(1), attributes: {} };
  await new RedisAdapter(inspector, () => ada, options).setSession(session);
  expect(await adapter.getSessionAndUser("the-session")).toEqual([session, ada]);
  const listed = await sessions.list("ada", { current: "the-session" });
  expect(listed).toMatchObject([{ current: true }]);
  expect(await adapter.sessions.deleteAll("ada")).toBe(1);
});

test("numbers as user ids", async () => {
  interface Numbered {
    id: string;
    userId: number;
    expiresAt: Date;
    attributes: object;
  }
  const { adapter, sessions } = redisLucia<Numbered>(inspector, (id) => ({ id, attributes: {} }), uniqueOptions());
  expectTypeOf(adapter).toEqualTypeOf<RedisAdapter<number>>();
  const session = { id: "the-session", userId: 42, expiresAt: inMinutes(1), attributes: {} };
  await adapter.setSession(session);
  expect(await sessions.list(42)).toEqual([{ handle: "the-session", session, current: false }]);
  expect(await sessions.deleteAll(42)).toBe(1);
});

test.each([false, true])("with hashIds %s an id ends a session in one command, and a handle does", async (hashIds) => {
  const sent: unknown[][] = [];
  const note = (original: (...args: unknown[]) => Promise<unknown>, ...args: unknown[]): Promise<unknown> => {
    sent.push(args);
    return original(...args);
  };
  const client = altered(inspector, { get: note, evalsha: note });
  const { adapter, sessions } = redisLucia(client, () => ada, { ...uniqueOptions(), hashIds });
  const session = { id: "the-session", userId: "ada", expiresAt: inMinutes(1), attributes: {} };
  await adapter.setSession(session);
  await adapter.deleteSession("the-session");
  await adapter.setSession(session);
  const [item] = await sessions.list("ada");
  sent.length = 0;
  await adapter.deleteSession("another-session");
  expect(sent).toHaveLength(1);
  await adapter.deleteSession(item?.handle ?? "");
  expect(sent).toHaveLength(2);
  if (hashIds) expect(JSON.stringify(sent)).not.toContain("another-session");
  expect(await adapter.getSessionAndUser("the-session")).toEqual([null, null]);
});
