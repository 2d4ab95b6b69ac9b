// Whatever is attached to a client sees no id, no key and no data of the store.
import { tracedClients } from "@redis-keyspace/scripts/traced";
import { adapterConformance } from "redis-keyspace/testing";
import { inject, onTestFinished } from "vitest";
import { RedisStore } from "../src/index.js";
import { underTest, type Values } from "./support/under-test.js";

await tracedClients(inject("redisUrl"), ["node-redis 6", "ioredis 6"], (test, target) => {
  adapterConformance(test, {
    ...target,
    open(client, { prefix, ...options }) {
      const userIdFrom = ({ userId }: Values) => userId;
      const store = new RedisStore<Values>({ client, ...options, prefix, userIdFrom, touchAfterSeconds: 0 });
      onTestFinished(() => store.close());
      return underTest(store, prefix);
    },
  });
});
