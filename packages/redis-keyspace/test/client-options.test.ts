import { Redis } from "ioredis";
import { createClient, createClientPool, RESP_TYPES } from "redis";
import { createSessionStore, type StoreClient } from "redis-keyspace";
import { ioRedisDriver, nodeRedisDriver } from "redis-keyspace/driver";
import { afterAll, expect, test } from "vitest";
import { sharedRedis } from "./targets.js";

const url = sharedRedis();
const unhurried = createClient({ url, commandOptions: { timeout: 0 } });
const forEver = createClient({ url, commandOptions: { timeout: 2 ** 31 } });
const buffers = createClient({ url, commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } });
for (const client of [unhurried, forEver, buffers]) await client.connect();

afterAll(() => {
  for (const client of [unhurried, forEver, buffers]) client.destroy();
});

test.each<[string, StoreClient]>([
  ["no time limit", unhurried],
  ["a time limit beyond what a timer can count", forEver],
  ["replies mapped to buffers", buffers],
])("a client with %s", async (_, client) => {
  const unique = crypto.randomUUID();
  const sessions = createSessionStore<{ n: number }>(client, {
    sessionPrefix: `${unique}:s:`,
    userSessionsPrefix: `${unique}:u:`,
  });
  const created = await Promise.all([1, 2, 3].map((n) => sessions.create({ userId: "u1", data: { n } })));
  expect(await Promise.all(created.map(({ id }) => sessions.get(id)))).toEqual(created);
  const all: number[] = [];
  for await (const { session } of sessions.all()) all.push(session.data.n);
  expect(all.sort()).toEqual([1, 2, 3]);
  expect((await sessions.list("u1")).length).toBe(3);
  expect(await sessions.deleteAll("u1")).toBe(3);
});

test("a client's own time limit is found, also of a pool", () => {
  expect(nodeRedisDriver(createClient({ commandOptions: { timeout: 200 } })).timeoutMs).toBe(200);
  expect(nodeRedisDriver(createClientPool({ commandOptions: { timeout: 200 } })).timeoutMs).toBe(200);
});

test("an ioredis client that answers with strings for numbers is refused", () => {
  expect(() => ioRedisDriver(new Redis({ lazyConnect: true, stringNumbers: true }))).toThrow(/"stringNumbers"/);
});
