// The kit of the core, for the store as Express and the real middleware use it, with one script for record and index and one key a step.
import { streamClients } from "@redis-keyspace/scripts/clients";
import { adapterTargets } from "@redis-keyspace/scripts/topologies";
import type { StoreClient } from "redis-keyspace";
import { createSessionStream } from "redis-keyspace/live";
import { type AdapterOptions, type AdapterUnderTest, adapterConformance } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { userIdFrom } from "./support/redis.js";
import { underTest } from "./support/under-test.js";

const url = inject("redisUrl");
const { targets, close } = await adapterTargets(url);
const tracker = await streamClients["node-redis 6"](url);
const stream = createSessionStream(tracker.client);
afterAll(async () => {
  await stream.close();
  await tracker.close();
  await close();
});

function open(client: StoreClient, options: AdapterOptions): Promise<AdapterUnderTest> {
  // Otherwise each request would write.
  const touching = options.cache === undefined && { touchAfterSeconds: 0 };
  return underTest(new RedisStore({ client, ...options, userIdFrom, ...touching }));
}

for (const target of targets) {
  const live = target.name === "node-redis" && { stream };
  adapterConformance(test, { ...target, ...live, open });
}
