// Every client and topology: the same story over the real middleware, and an outage in the middle of it.
import {
  type Connected,
  ioredis,
  isOperationKey,
  clients as redisClients,
  twoDatabases,
} from "@redis-keyspace/scripts/clients";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { clusterClients } from "@redis-keyspace/scripts/topologies";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis } from "ioredis";
import { KeyspaceError, type StoreClient } from "redis-keyspace";
import { describe, expect, onTestFinished, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { handlers, serve } from "./support/app.js";
import { inSeconds } from "./support/redis.js";

async function upstash(redis: string): Promise<Connected<StoreClient>> {
  const { url, token, close } = await startUpstashLocal({ redis, port: 0 });
  return { client: new Upstash({ url, token, retry: { retries: 0 } }), close };
}

const clients: Readonly<Record<string, (url: string) => Promise<Connected<StoreClient>>>> = {
  ...redisClients,
  "ioredis 6 with a keyPrefix": async (url) => ioredis(new Redis(url, { keyPrefix: "app:" })),
  "@upstash/redis 1.39": upstash,
  "two databases": async (url) => twoDatabases(url),
};

async function open(connect: (url: string) => Promise<Connected<StoreClient>>, url: string): Promise<StoreClient> {
  const { client, close } = await connect(url);
  onTestFinished(close);
  return client;
}

async function story(client: StoreClient, prefix?: string): Promise<void> {
  const store = new RedisStore({
    client,
    prefix,
    userIdFrom: ({ userId }: { userId?: string }) => userId,
    touchAfterSeconds: 0,
    commandTimeoutMs: 500,
  });
  const app = await serve(store, {
    ...handlers,
    "/change": (ctx) => {
      ctx.session["n"] = ((ctx.session["n"] as number | undefined) ?? 0) + 1;
    },
  });
  const browsers = Array.from({ length: 8 }, () => app.browser());
  await Promise.all(browsers.map((browser) => browser.get("/sign-in")));
  await Promise.all(browsers.map((browser) => browser.get("/change")));
  await Promise.all(browsers.map((browser) => browser.get("/regenerate")));
  const shown = await Promise.all(browsers.map((browser) => browser.get("/show")));
  expect(shown.map(({ body }) => body)).toEqual(Array(8).fill({ userId: "u1", n: 1 }));
  expect(await store.count("u1")).toBe(8);
  const [first, second, third] = browsers;
  expect(await store.revoke("u1", second?.cookie ?? "")).toBe(true);
  await third?.get("/sign-out");
  expect(await store.deleteAll("u1", { except: first?.cookie })).toBe(5);
  expect(await store.list("u1", { current: first?.cookie })).toEqual([
    { handle: first?.cookie, session: { userId: "u1", n: 1 }, current: true },
  ]);
  await first?.get("/sign-out");
  expect(await store.count("u1")).toBe(0);
  expect(app.errors).toEqual([]);
}

describe.each(Object.entries(clients))("%s", (_, connect) => {
  test("sign in, change, new id, devices, sign out", async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    await story(await open(connect, server.url));
    const left = (await server.command("KEYS", "*")) as string[];
    expect(left.filter((key) => !isOperationKey(key))).toEqual([]);
  });

  test("an outage is an error, not a sign-out", async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const client = await open(connect, server.url);
    const store = new RedisStore({ client, userIdFrom: () => "u1", commandTimeoutMs: 300 });
    const app = await serve(store, {
      ...handlers,
      "/pause": (ctx) => {
        ctx.session["n"] = 1;
        server.pause();
      },
    });
    const browser = app.browser();
    await browser.get("/sign-in");
    const { cookie } = browser;
    const values = (await store.get(cookie ?? "")) ?? {};
    try {
      // Redis goes away between the middleware's read and its write.
      expect((await browser.get("/pause")).status).toBe(500);
      const read = await browser.get("/show");
      expect([read.status, read.setCookie]).toEqual([500, []]);
      const attempts = [
        () => store.get(cookie ?? ""),
        () => store.set(cookie ?? "", { ...values, n: 2 }, inSeconds(60)),
        () => store.delete(cookie ?? ""),
        () => store.list("u1"),
        () => store.count("u1"),
        () => store.deleteAll("u1"),
        () => store.revoke("u1", cookie ?? ""),
      ];
      const outcomes = await Promise.allSettled(attempts.map((attempt) => attempt()));
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ERR_REDIS_TIMEOUT" } });
        expect(JSON.stringify(outcome)).not.toContain(cookie);
      }
    } finally {
      server.resume();
    }
    for (const error of app.errors) expect(error).toBeInstanceOf(KeyspaceError);
    expect(app.errors).toHaveLength(2);
    expect(browser.cookie).toBe(cookie);
  });
});

test("a Cluster, with a hash tag and without, on node-redis and ioredis", async () => {
  const { clients: ofCluster, close } = await clusterClients();
  onTestFinished(close);
  for (const client of ofCluster) {
    await story(client);
    await story(client, "{app}session");
  }
});
