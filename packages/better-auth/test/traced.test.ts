// Whatever is attached to a client sees no token, no key and no data of the storage.
import { tracedClients } from "@redis-keyspace/scripts/traced";
import { adapterConformance } from "redis-keyspace/testing";
import { inject } from "vitest";
import { open } from "./support/under-test.js";

await tracedClients(inject("redisUrl"), ["ioredis 6"], (test, target) => {
  adapterConformance(test, { ...target, open });
});
