// Whatever is attached to a client sees no id, no key and no data of the store.
import { tracedClients } from "@redis-keyspace/scripts/traced";
import type { StoreClient } from "redis-keyspace";
import { type AdapterOptions, type AdapterUnderTest, adapterConformance } from "redis-keyspace/testing";
import { inject, onTestFinished } from "vitest";
import { RedisStore } from "../src/index.js";
import { underTest, type Values } from "./support/under-test.js";

function open(client: StoreClient, { prefix, ...options }: AdapterOptions): Promise<AdapterUnderTest> {
  const userIdFrom = ({ userId }: Values) => userId;
  const store = new RedisStore<Values>({ client, ...options, prefix, userIdFrom, touchAfterSeconds: 0 });
  onTestFinished(() => store.close());
  return underTest(store, prefix);
}

await tracedClients(inject("redisUrl"), ["node-redis 6", "ioredis 6"], (test, target) => {
  adapterConformance(test, { ...target, open });
});
