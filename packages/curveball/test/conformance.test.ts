// The kit of the core: over the store's own client, and for the store as the real middleware uses it, on each client.
import { rawKeyspace, streamClients } from "@redis-keyspace/scripts/clients";
import { startSlotCheckingRedis } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import type { StoreClient } from "redis-keyspace";
import { createSessionStream } from "redis-keyspace/live";
import { type AdapterOptions, type AdapterUnderTest, adapterConformance, conformance } from "redis-keyspace/testing";
import { afterAll, inject, onTestFinished, test } from "vitest";
import { RedisStore, type RedisStoreOptions } from "../src/index.js";
import { OwnClient } from "../src/lib/own-client.js";
import { inspect } from "./support/redis.js";
import { underTest, type Values } from "./support/under-test.js";

const url = inject("redisUrl");
const raw = rawKeyspace([inspect()]);
const own = new OwnClient({ url }, () => {});
await own.driver.get("connect");
const nodeRedis = await createClient({ url }).connect();
const ioRedis = new Redis(url);
const upstashLocal = await startUpstashLocal({ redis: url, port: 0 });
const upstash = new Upstash({ url: upstashLocal.url, token: upstashLocal.token, retry: { retries: 0 } });

const trackers = [await streamClients["node-redis 6"](url), await streamClients["ioredis 6"](url)] as const;
const streams = {
  nodeRedis: createSessionStream(trackers[0].client),
  ioRedis: createSessionStream(trackers[1].client),
  upstash: createSessionStream(new Upstash({ url: upstashLocal.url, token: upstashLocal.token })),
};

afterAll(async () => {
  for (const stream of Object.values(streams)) await stream.close();
  for (const { close } of trackers) await close();
  own.close();
  nodeRedis.destroy();
  ioRedis.disconnect();
  await upstashLocal.close();
});

function open(client: StoreClient, { prefix, ...options }: AdapterOptions): Promise<AdapterUnderTest> {
  // The store makes its own client, unless the kit has put something around the driver of one.
  const which: RedisStoreOptions<Values> = client === own.driver ? { clientOptions: { url } } : { client };
  const store = new RedisStore<Values>({
    ...which,
    ...options,
    prefix,
    userIdFrom: ({ userId }) => userId,
    // Otherwise each request would write.
    ...(options.cache === undefined && { touchAfterSeconds: 0 }),
  });
  onTestFinished(() => store.close());
  return underTest(store, prefix);
}

conformance(test, { name: "own client", client: own.driver, raw });

adapterConformance(test, { name: "the store's own client", client: own.driver, raw, open });
adapterConformance(test, { name: "node-redis", client: nodeRedis, raw, stream: streams.nodeRedis, open });
adapterConformance(test, { name: "ioredis", client: ioRedis, raw, stream: streams.ioRedis, open });
adapterConformance(test, { name: "@upstash/redis", client: upstash, raw, stream: streams.upstash, open });
adapterConformance(test, {
  name: "a client for each model",
  client: { session: nodeRedis, userSessions: ioRedis },
  raw,
  open,
});

// One endpoint that checks slots, behind a client that knows nothing of them.
const checking = await startSlotCheckingRedis();
const plain = new Redis(checking.url);
afterAll(async () => {
  plain.disconnect();
  await checking.stop();
});
adapterConformance(test, { name: "a server that checks slots", client: plain, raw: rawKeyspace([plain]), open });
