// Whatever is attached to a client sees no id, no key and no data of a store: by its channels, by OpenTelemetry, or by both.
import { tracedClients } from "@redis-keyspace/scripts/traced";
import { conformance } from "redis-keyspace/testing";
import { sharedRedis } from "./targets.js";

await tracedClients(sharedRedis(), ["node-redis 6", "ioredis 6", "ioredis 5"], (test, target) => {
  conformance(test, target, { interleavings: 5, signIns: 200 });
});
