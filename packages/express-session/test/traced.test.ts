// Whatever is attached to a client sees no id, no key and no data of the store.
import { tracedClients } from "@redis-keyspace/scripts/traced";
import type { StoreClient } from "redis-keyspace";
import { type AdapterOptions, type AdapterUnderTest, adapterConformance } from "redis-keyspace/testing";
import { inject } from "vitest";
import { RedisStore } from "../src/index.js";
import { userIdFrom } from "./support/redis.js";
import { underTest } from "./support/under-test.js";

function open(client: StoreClient, options: AdapterOptions): Promise<AdapterUnderTest> {
  return underTest(new RedisStore({ client, ...options, userIdFrom, touchAfterSeconds: 0 }));
}

await tracedClients(inject("redisUrl"), ["ioredis 6"], (test, target) => {
  adapterConformance(test, { ...target, open });
});
