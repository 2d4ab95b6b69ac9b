// The kit of the core, for the store as Express and the real middleware use it, with one script for record and index and one key a step.
import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { startSlotCheckingRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createClient } from "redis";
import type { StoreClient } from "redis-keyspace";
import { type AdapterOptions, type AdapterUnderTest, adapterConformance } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { inspect, userIdFrom } from "./support/redis.js";
import { underTest } from "./support/under-test.js";

const url = inject("redisUrl");
const raw = rawKeyspace([inspect()]);
const nodeRedis = await createClient({ url }).connect();
// One endpoint that checks slots, behind a client that knows nothing of them.
const checking = await startSlotCheckingRedis();
const plain = new Redis(checking.url);

afterAll(async () => {
  nodeRedis.destroy();
  plain.disconnect();
  await checking.stop();
});

function open(client: StoreClient, options: AdapterOptions): Promise<AdapterUnderTest> {
  return underTest(new RedisStore({ client, ...options, userIdFrom, touchAfterSeconds: 0 }));
}

adapterConformance(test, { name: "node-redis", client: nodeRedis, raw, open });
adapterConformance(test, { name: "a server that checks slots", client: plain, raw: rawKeyspace([plain]), open });
