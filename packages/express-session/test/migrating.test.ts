// `migratingFrom`: sessions of connect-redis get hashed ids, another prefix and a codec, and stay.
import { randomBytes, randomUUID } from "node:crypto";
import type { SessionData } from "express-session";
import { seal } from "redis-keyspace/sealing";
import { expect, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { inspect, keysUnder, uniquePrefix, userIdFrom } from "./support/redis.js";

const client = inspect();
const cookie = { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000), path: "/" };
const session = (n: number) => ({ cookie, userId: "u1", n }) as unknown as SessionData;

test.each(["hashed ids", "another prefix and a codec"])("%s sign nobody out", async (what) => {
  const sessionPrefix = uniquePrefix();
  const sealing = { prefix: `${sessionPrefix.slice(0, -1)}-2:`, codec: seal(randomBytes(32).toString("base64")) };
  const now = what === "hashed ids" ? { prefix: sessionPrefix, hashIds: true } : sealing;
  const open = (moves: boolean) =>
    new RedisStore({ client, userIdFrom, ...now, migratingFrom: { sessionPrefix, moves } });
  const [waiting, moving] = [open(false), open(true)];
  const ids = Array.from({ length: 4 }, () => randomUUID());
  const [a, b, c] = ids as [string, string, string];
  for (const [n, id] of ids.entries()) await waiting.set(id, session(n));
  const text = await client.get(sessionPrefix + a);
  const left = await client.pttl(sessionPrefix + a);
  const loaded = await moving.get(a);
  expect(loaded).toMatchObject({ userId: "u1", n: 0 });
  expect([text, await client.exists(sessionPrefix + a)]).toEqual([JSON.stringify(session(0)), 0]);
  const [moved] = (await keysUnder(client, `${now.prefix}*`)).filter((key) => !ids.some((id) => key.endsWith(id)));
  if (what === "hashed ids") expect(await client.get(moved ?? "")).toBe(text);
  for (const store of [waiting, moving]) expect(await store.get(a)).toMatchObject({ n: 0 });
  if (moved !== undefined) expect(left - (await client.pttl(moved))).toBeLessThan(5000);
  await waiting.destroy(a);
  await moving.destroy(b);
  for (const store of [waiting, moving]) expect([await store.get(a), await store.get(b)]).toEqual([null, null]);
  await moving.touch(c, session(2));
  expect(await waiting.get(c)).toMatchObject({ n: 2 });
  expect([await waiting.count("u1"), await moving.count("u1")]).toEqual([2, 2]);
  expect(await moving.deleteAll("u1")).toBe(2);
  await waiting.set(a, session(0));
  await moving.clear();
  expect(await waiting.get(a)).toBeNull();
  expect(await keysUnder(client, `*${sessionPrefix.slice(0, -1)}*`)).toEqual([]);
});
