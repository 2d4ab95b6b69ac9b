// Whatever is attached to a client sees no id, no key and no data of the hook and the stores.
import { tracedClients } from "@redis-keyspace/scripts/traced";
import { adapterConformance } from "redis-keyspace/testing";
import { inject } from "vitest";
import { openArticleStore, openHook, openLegacyStore } from "./support/adapters.js";
import { kits } from "./support/kit.js";

await tracedClients(inject("redisUrl"), ["node-redis 6", "ioredis 6"], (test, target) => {
  const adapters = { hook: openHook(kits[0] as string), openArticleStore, openLegacyStore };
  for (const [adapter, open] of Object.entries(adapters)) {
    adapterConformance(test, { ...target, name: `${adapter} on ${target.name}`, open });
  }
});
