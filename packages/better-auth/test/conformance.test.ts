// The kit of the core, for the storage as better-auth uses it over HTTP, with one script for record and index and one key a step.
import { streamClients } from "@redis-keyspace/scripts/clients";
import { adapterTargets } from "@redis-keyspace/scripts/topologies";
import { createSessionStream } from "redis-keyspace/live";
import { adapterConformance } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { open } from "./support/under-test.js";

const url = inject("redisUrl");
const { targets, close } = await adapterTargets(url);
const tracker = await streamClients["node-redis 6"](url);
const stream = createSessionStream(tracker.client);
afterAll(async () => {
  await stream.close();
  await tracker.close();
  await close();
});

for (const target of targets) {
  const live = target.name === "node-redis" && { stream, caches: false };
  adapterConformance(test, { ...target, ...live, open });
}
