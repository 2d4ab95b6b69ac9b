// The kit of the core, for the store as Express and the real middleware use it, with one script for record and index and one key a step.
import { adapterTargets } from "@redis-keyspace/scripts/topologies";
import type { StoreClient } from "redis-keyspace";
import { type AdapterOptions, type AdapterUnderTest, adapterConformance } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { userIdFrom } from "./support/redis.js";
import { underTest } from "./support/under-test.js";

const { targets, close } = await adapterTargets(inject("redisUrl"));
afterAll(close);

function open(client: StoreClient, options: AdapterOptions): Promise<AdapterUnderTest> {
  return underTest(new RedisStore({ client, ...options, userIdFrom, touchAfterSeconds: 0 }));
}

for (const target of targets) adapterConformance(test, { ...target, open });
