// Every client and topology: sessions, values, counters, all keys.
import {
  type Connected,
  ioredis,
  isOperationKey,
  clients as redisClients,
  twoDatabases,
} from "@redis-keyspace/scripts/clients";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { clusterClients, sentinelClients } from "@redis-keyspace/scripts/topologies";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis } from "ioredis";
import type { StoreClient } from "redis-keyspace";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { redisStorage } from "../src/index.js";
import { uniquePrefix } from "./support/redis.js";
import { session, token } from "./support/sessions.js";

const server = await startRedis();
afterAll(() => server.stop());

const clients: Readonly<Record<string, (url: string) => Promise<Connected<StoreClient>>>> = {
  ...redisClients,
  "ioredis 6 with a keyPrefix": async (url) => ioredis(new Redis(url, { keyPrefix: "app:" })),
  "@upstash/redis": async (redis) => {
    const { url, token: secret, close } = await startUpstashLocal({ redis, port: 0 });
    return { client: new Upstash({ url, token: secret, retry: { retries: 0 } }), close };
  },
  "two databases": async (url) => twoDatabases(url),
};

async function story(client: StoreClient, keyPrefix = uniquePrefix()): Promise<void> {
  const storage = redisStorage({ client, keyPrefix });
  await Promise.all(Array.from({ length: 5 }, (_, n) => storage.set(token(n), session(n), 60)));
  expect(await storage.sessions.count("u1")).toBe(5);
  expect(await storage.sessions.revoke("u1", token(1))).toBe(true);
  await storage.delete(token(2));
  expect(await storage.sessions.deleteAll("u1", { except: token(0) })).toBe(2);
  expect([await storage.get(token(3)), await storage.get(token(0))]).toEqual([null, expect.any(String)]);
  expect([await storage.increment("c", 60), await storage.increment("c", 60)]).toEqual([1, 2]);
  await storage.set("v", "12345", 60);
  expect([await storage.get("v"), await storage.getAndDelete("v"), await storage.get("v")]).toEqual([
    "12345",
    "12345",
    null,
  ]);
  expect((await storage.listKeys()).sort()).toEqual(["c", token(0)]);
  await storage.clear();
  expect([await storage.listKeys(), await storage.sessions.list("u1")]).toEqual([[], []]);
}

test.each(Object.entries(clients))("%s", async (_, connect) => {
  const { client, close } = await connect(server.url);
  onTestFinished(close);
  await story(client);
  const left = (await server.command("KEYS", "*")) as string[];
  expect(left.filter((key) => !isOperationKey(key))).toEqual([]);
});

test("a Cluster, with a hash tag and without, on node-redis and ioredis", async () => {
  const { clients: ofCluster, close } = await clusterClients();
  onTestFinished(close);
  for (const client of ofCluster) {
    await story(client);
    await story(client, "{app}better-auth:");
  }
});

test("Sentinel, on node-redis and ioredis", async () => {
  const { clients: ofSentinel, close } = await sentinelClients();
  onTestFinished(close);
  for (const client of ofSentinel) await story(client);
});
