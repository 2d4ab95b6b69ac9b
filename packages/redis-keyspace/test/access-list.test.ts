import { readFileSync } from "node:fs";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { createSessionStore, type StoreClient } from "redis-keyspace";
import { createSessionStream } from "redis-keyspace/live";
import { afterAll, expect, test } from "vitest";
import { allScripts } from "./all-scripts.js";
import { streamClients } from "./live-streams.js";

// The rule that docs/servers.md gives to copy is the one that is used here.
const page = readFileSync(new URL("../../../docs/servers.md", import.meta.url), "utf8");
const rule = /^ACL SETUSER (app .*)$/m.exec(page)?.[1]?.split(" ") ?? [];

const redis = await startRedis();
await redis.command("ACL", "SETUSER", ...rule);
const ioRedis = new Redis(redis.url, { username: "app", password: "secret" });
const nodeRedis = await createClient({ url: redis.url, username: "app", password: "secret" }).connect();

afterAll(async () => {
  ioRedis.disconnect();
  nodeRedis.destroy();
  await redis.stop();
});

test("the rule has every command that a script uses", () => {
  const used = allScripts.flatMap(({ source }) =>
    [...source.matchAll(/call\('([A-Z_]+)'/g)].map(([, name = ""]) => name),
  );
  expect([...new Set(used)].filter((name) => !rule.includes(`+${name.toLowerCase()}`))).toEqual([]);
});

test.each<[string, "atomic" | "stepwise", StoreClient]>([
  ["ioredis", "atomic", ioRedis],
  ["ioredis", "stepwise", ioRedis],
  ["node-redis", "atomic", nodeRedis],
  ["node-redis", "stepwise", nodeRedis],
])("with the rule to copy every operation works: %s %s", async (_, topology, client) => {
  const sessions = createSessionStore<{ n: number }>(client, { hashIds: false, topology, maxSessionsPerUser: 3 });
  const created = [];
  // Of two that end in one millisecond, the one whose id comes first ends first.
  for (const n of [1, 2, 3, 4]) created.push(await sessions.create({ id: `${n}`, userId: "u1", data: { n } }));
  const [, second, third, fourth] = created.map(({ id }) => id) as [string, string, string, string];
  expect((await Promise.all([second, third].map((id) => sessions.get(id)))).every((found) => found !== null)).toBe(
    true,
  );
  expect(await sessions.touch(second)).not.toBeNull();
  expect(await sessions.update(second, () => ({ userId: "u2" }))).not.toBeNull();
  expect(await sessions.rotate(second, { id: "rotated", graceSeconds: 60 })).not.toBeNull();
  expect(await sessions.delete("rotated")).not.toBeNull();
  expect((await sessions.list("u1")).length).toBe(2);
  expect(await sessions.count("u1")).toBe(2);
  expect(await sessions.revoke("u1", third)).toBe(true);
  const all: string[] = [];
  for await (const { handle } of sessions.all()) all.push(handle);
  expect(all).toEqual([fourth]);
  expect(await sessions.deleteAll("u1")).toBe(1);
});

test.each(Object.keys(streamClients))("with the rules to copy a stream hears everything: %s", async (kind) => {
  for (const [, user] of page.matchAll(/^ACL SETUSER (\w+ .*(?:&redis-keyspace:).*)$/gm)) {
    await redis.command("ACL", "SETUSER", ...(user ?? "").split(" "));
  }
  const own = await streamClients[kind]?.(redis.url.replace("//", "//stream:secret@"));
  if (own === undefined) throw new Error(`no client is called ${kind}`);
  const stream = createSessionStream(own.client);
  const sessions = createSessionStore<{ n: number }>(nodeRedis, { cache: { stream } });
  try {
    await stream.ready();
    const session = await sessions.create({ userId: "u1", data: { n: 1 } });
    const ended = new Promise((resolve) => void sessions.watch(session, { onEnd: resolve }));
    await sessions.delete(session);
    expect(await ended).toBe("revoked");
  } finally {
    await stream.close();
    own.close();
  }
});

test("a store that may not publish signs people out, and its stream says why it is down", async () => {
  await redis.command("ACL", "SETUSER", "silent", "on", ">secret", "~*", "+@all", "-publish", "allchannels");
  const silent = new Redis(redis.url, { username: "silent", password: "secret" });
  const own = await streamClients["messages on node-redis"]?.(redis.url);
  if (own === undefined) throw new Error("no client");
  const stream = createSessionStream(own.client);
  const sessions = createSessionStore<{ n: number }>(silent, { sessionPrefix: "silent:", stream });
  try {
    await expect(stream.ready()).rejects.toMatchObject({ code: "ERR_REDIS_DENIED" });
    const session = await sessions.create({ userId: "u2", data: { n: 1 } });
    expect(await sessions.deleteAll("u2")).toBe(1);
    expect(await sessions.get(session.id)).toBeNull();
  } finally {
    await stream.close();
    own.close();
    silent.disconnect();
  }
});

test("a user who lacks a command is denied, and nothing is stored", async () => {
  await redis.command("ACL", "SETUSER", "poor", "on", ">secret", "resetkeys", "~*", "+@all", "-zadd");
  const poor = new Redis(redis.url, { username: "poor", password: "secret" });
  try {
    const sessions = createSessionStore<{ n: number }>(poor, {
      hashIds: false,
      sessionPrefix: "poor:",
      commandTimeoutMs: 2000,
    });
    await expect(sessions.create({ userId: "u1", data: { n: 1 } })).rejects.toMatchObject({ code: "ERR_REDIS_DENIED" });
    expect(await redis.command("KEYS", "poor:*")).toEqual([]);
  } finally {
    poor.disconnect();
  }
});
