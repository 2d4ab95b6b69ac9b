// Every client and topology: the same story over the real middleware, and all sessions found and cleared.
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
import { RedisStore } from "../src/index.js";
import { handlers, serve } from "./support/app.js";
import { uniquePrefix, userIdFrom } from "./support/redis.js";

const server = await startRedis();
afterAll(() => server.stop());

const clients: Readonly<Record<string, (url: string) => Promise<Connected<StoreClient>>>> = {
  ...redisClients,
  "ioredis 6 with a keyPrefix": async (url) => ioredis(new Redis(url, { keyPrefix: "app:" })),
  "@upstash/redis": async (redis) => {
    const { url, token, close } = await startUpstashLocal({ redis, port: 0 });
    return { client: new Upstash({ url, token, retry: { retries: 0 } }), close };
  },
  "two databases": async (url) => twoDatabases(url),
};

async function story(client: StoreClient, prefix = uniquePrefix()): Promise<void> {
  const store = new RedisStore({ client, prefix, userIdFrom, touchAfterSeconds: 0 });
  const app = await serve(store, handlers);
  const browsers = Array.from({ length: 5 }, () => app.browser());
  await Promise.all(browsers.map((browser) => browser.get("/sign-in")));
  await Promise.all(browsers.map((browser) => browser.get("/change?n=1")));
  const shown = await Promise.all(browsers.map((browser) => browser.get("/show")));
  expect(shown.map(({ body }) => body)).toEqual(Array(5).fill({ userId: "u1", n: 1 }));
  const [first, second, third] = browsers;
  expect([await store.count("u1"), await store.length()]).toEqual([5, 5]);
  expect((await store.ids()).sort()).toEqual(browsers.map(({ id }) => id).sort());
  expect((await store.all()).map(({ n }) => n)).toEqual(Array(5).fill(1));
  expect(await store.revoke("u1", second?.id ?? "")).toBe(true);
  await third?.get("/sign-out");
  expect(await store.deleteAll("u1", { except: first?.id })).toBe(2);
  expect((await store.list("u1", { current: first?.id })).map(({ current }) => current)).toEqual([true]);
  await store.clear();
  expect([await store.count("u1"), await store.length(), app.errors]).toEqual([0, 0, []]);
}

test.each(Object.entries(clients))("%s: sign in, change, devices, sign out, all sessions", async (_, connect) => {
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
    await story(client, "{app}sess:");
  }
});

test("Sentinel, on node-redis and ioredis", async () => {
  const { clients: ofSentinel, close } = await sentinelClients();
  onTestFinished(close);
  for (const client of ofSentinel) await story(client);
});
