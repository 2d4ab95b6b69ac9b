// A list leaves the user's index in the encoding that it has: Redis's SORT would change a short one for good, to one that
// takes several times as much memory.
import { randomUUID } from "node:crypto";
import { clients } from "@redis-keyspace/scripts/clients";
import { Redis } from "ioredis";
import { createSessionStore, type SessionStore } from "redis-keyspace";
import { createRecordStore, sessionModel } from "redis-keyspace/adapter";
import { afterAll, describe, expect, inject, test } from "vitest";

const url = inject("redisUrl");
const inspector = new Redis(url);
afterAll(() => inspector.disconnect());

const short = /^(?:listpack|ziplist)$/;

const connected = await Promise.all(
  (["node-redis 6", "ioredis 6"] as const).map(async (name) => ({ name, ...(await clients[name]?.(url)) })),
);
afterAll(() => Promise.all(connected.map(({ close }) => close?.())));

describe.each(connected)("$name", ({ client }) => {
  async function userWith(number: number) {
    if (client === undefined) throw new Error("no such client");
    const prefix = `${randomUUID()}:`;
    const store = createSessionStore<{ n: number }>(client, {
      sessionPrefix: `${prefix}s:`,
      userSessionsPrefix: `${prefix}u:`,
    });
    for (let n = 0; n < number; n++) await store.create({ userId: "u1", data: { n } });
    const encoding = () => inspector.object("ENCODING", `${prefix}u:u1`);
    const bytes = () => inspector.memory("USAGE", `${prefix}u:u1`);
    return { store, encoding, bytes };
  }

  const numbers = async (store: SessionStore<{ n: number }>) =>
    (await store.list("u1")).map(({ session }) => session.data.n);

  test.each([1, 10, 128])("a user of %i has the same index before and after lists", async (number) => {
    const { store, encoding, bytes } = await userWith(number);
    const before = [await encoding(), await bytes()];
    for (let round = 0; round < 3; round++) expect((await numbers(store)).length).toBe(number);
    await store.count("u1");
    expect([await encoding(), await bytes()]).toEqual(before);
    expect(before[0]).toMatch(short);
  });

  test("what is listed does not depend on which way it is read, growing and shrinking", async () => {
    const { store } = await userWith(130);
    const all = Array.from({ length: 130 }, (_, n) => n);
    const sorted = async () => (await numbers(store)).sort((one, other) => one - other);
    for (let round = 0; round < 3; round++) expect(await sorted()).toEqual(all);
    expect(await numbers(store)).toEqual(await numbers(store));
    for (const { handle } of (await store.list("u1")).slice(0, 125)) await store.revoke("u1", handle);
    for (let round = 0; round < 3; round++) expect((await numbers(store)).length).toBe(5);
    await store.deleteAll("u1");
    expect(await numbers(store)).toEqual([]);
  });

  test("a user who had many, signed out everywhere and in again has a short index, which lists leave as it is", async () => {
    const { store, encoding } = await userWith(130);
    for (let round = 0; round < 2; round++) await numbers(store);
    expect(await encoding()).toBe("skiplist");
    await store.deleteAll("u1");
    await store.create({ userId: "u1", data: { n: 1 } });
    for (let round = 0; round < 2; round++) expect(await numbers(store)).toEqual([1]);
    expect(await encoding()).toMatch(short);
  });

  test("a short index stays as it is beside a long set of a legacy package", async () => {
    if (client === undefined) throw new Error("no such client");
    const prefix = `${randomUUID()}:`;
    const store = createRecordStore(client, {
      ...{ sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:`, legacyIndexPrefix: `${prefix}l:` },
      record: sessionModel,
    });
    await inspector.sadd(`${prefix}l:u1`, ...Array.from({ length: 200 }, (_, n) => `legacy${n}`));
    const expiresAt = new Date(Date.now() + 60_000);
    const session = { userId: "u1", data: {}, createdAt: new Date(), expiresAt, absoluteExpiresAt: null };
    await store.create("own", session);
    for (let round = 0; round < 2; round++)
      expect((await store.list("u1")).map(({ handle }) => handle)).toEqual(["own"]);
    expect(await inspector.object("ENCODING", `${prefix}u:u1`)).toMatch(short);
  });
});
