// `migratingFrom`: ids are hashed and prefixes change in both majors of Lucia, and nobody is signed out.
import { randomUUID } from "node:crypto";
import { LuciaError } from "lucia-2";
import { expect, test } from "vitest";
import { redisLucia } from "../src/index.js";
import { redisLucia as redisLucia3 } from "../src/v3.js";
import { inspect, keysUnder, uniquePrefixes } from "./support/clients.js";

const client = inspect();

test("sessions of Lucia 2 move to hashed ids, with the sets of the replaced package", async () => {
  const prefixes = uniquePrefixes();
  const former = { sessionPrefix: `${prefixes.session}:`, userSessionsPrefix: `${prefixes.userSessions}:` };
  const open = (moves: boolean) =>
    redisLucia(client, { prefixes, hashIds: true, migratingFrom: { ...former, hashIds: false, moves } });
  const [waiting, moving] = [open(false), open(true)];
  const [before, now] = [waiting.adapter(LuciaError), moving.adapter(LuciaError)];
  const expires = { active_expires: Date.now() + 60_000, idle_expires: Date.now() + 120_000 };
  const ids = [randomUUID(), randomUUID(), randomUUID()] as const;
  const attributes = { color: "red" };
  for (const id of ids) await before.setSession({ id, user_id: "u1", ...expires, ...attributes });
  expect((await client.smembers(`${prefixes.userSessions}:u1`)).sort()).toEqual([...ids].sort());
  expect(await now.getSession(ids[0])).toEqual({ id: ids[0], user_id: "u1", ...expires, color: "red" });
  expect(await client.exists(`${prefixes.session}:${ids[0]}`)).toBe(0);
  expect(await client.sismember(`${prefixes.userSessions}:u1`, ids[0])).toBe(0);
  expect(await before.getSession(ids[0])).toMatchObject({ id: ids[0], color: "red" });
  await now.updateSession(ids[1], { idle_expires: expires.idle_expires + 1 });
  expect(await before.getSession(ids[1])).toMatchObject({ idle_expires: expires.idle_expires + 1 });
  expect([await waiting.sessions.count("u1"), await before.getSessionsByUserId("u1")]).toMatchObject([
    3,
    { length: 3 },
  ]);
  await before.deleteSession(ids[0]);
  await now.deleteSession(ids[2]);
  for (const id of [ids[0], ids[2]])
    expect([await before.getSession(id), await now.getSession(id)]).toEqual([null, null]);
  await now.deleteSessionsByUserId("u1");
  expect(await keysUnder(client, prefixes.session.slice(0, 36))).toEqual([]);
});

test("sessions of Lucia 3 move to hashed ids and other prefixes", async () => {
  const { session: p } = uniquePrefixes();
  const former = { sessionPrefix: `${p}:`, userSessionsPrefix: `${p}-users:` };
  const { adapter, sessions } = redisLucia3(client, async (id: string) => ({ id, attributes: {} }), {
    ...{ sessionPrefix: `${p}2:`, userSessionsPrefix: `${p}-users2:`, hashIds: true },
    migratingFrom: former,
  });
  const before = redisLucia3(client, async (id: string) => ({ id, attributes: {} }), former);
  const expiresAt = new Date(Date.now() + 60_000);
  for (const id of ["a", "b"]) await before.adapter.setSession({ id: p + id, userId: "u1", expiresAt, attributes: {} });
  const [session] = await adapter.getSessionAndUser(`${p}a`);
  expect(session).toMatchObject({ id: `${p}a`, userId: "u1", expiresAt });
  expect(await client.exists(`${p}:${p}a`)).toBe(0);
  expect((await adapter.getUserSessions("u1")).length).toBe(2);
  await adapter.deleteSession(`${p}b`);
  expect([await sessions.count("u1"), await sessions.deleteAll("u1")]).toEqual([1, 1]);
  expect(await keysUnder(client, p)).toEqual([]);
});
