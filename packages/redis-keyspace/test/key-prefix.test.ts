import { keysUnder } from "@redis-keyspace/scripts/clients";
import { Redis } from "ioredis";
import { createClient, createClientPool } from "redis";
import { createSessionStore, type StoreClient } from "redis-keyspace";
import { afterAll, expect, test } from "vitest";
import { sharedRedis } from "./targets.js";

// Clients with a prefix of their own put it before the keys of a command, but not before those a script makes up.
const unique = `kit:${crypto.randomUUID()}:`;
const plain = new Redis(sharedRedis());
const prefixed = new Redis(sharedRedis(), { keyPrefix: `${unique}io:` });
const node = createClient({ url: sharedRedis(), keyPrefix: `${unique}node:` });
await node.connect();

afterAll(() => {
  plain.disconnect();
  prefixed.disconnect();
  node.destroy();
  pool.destroy();
});

const pool = createClientPool({ url: sharedRedis(), keyPrefix: `${unique}pool:` });
await pool.connect();

test.each<[string, StoreClient, string]>([
  ["ioredis", prefixed, `${unique}io:`],
  ["node-redis", node, `${unique}node:`],
  ["a node-redis pool", pool, `${unique}pool:`],
])("%s with a key prefix", async (_, client, prefix) => {
  const sessions = createSessionStore<{ n: number }>(client, { maxSessionsPerUser: 2, hashIds: false });
  for (const n of [1, 2, 3]) await sessions.create({ userId: "u1", data: { n } });
  const handles = (await sessions.list("u1")).map(({ handle }) => handle);
  expect(handles.length).toBe(2);
  const keys = [...handles.map((handle) => `${prefix}session:${handle}`), `${prefix}user-sessions:u1`];
  expect(await keysUnder(plain, prefix)).toEqual(keys.sort());

  const all: string[] = [];
  for await (const { handle } of sessions.all()) all.push(handle);
  expect(all.sort()).toEqual(handles.sort());
  const [first = "", second = ""] = handles;
  expect(await sessions.touch(first)).not.toBeNull();
  const rotated = await sessions.rotate(first);
  expect(await sessions.get(rotated?.id ?? "")).not.toBeNull();
  expect(await sessions.delete(second)).not.toBeNull();
  expect(await sessions.deleteAll("u1")).toBe(1);
  expect(await keysUnder(plain, prefix)).toEqual([]);
});
