// Whatever is attached to a client sees no id, no key and no data of the adapters.
import { tracedClients } from "@redis-keyspace/scripts/traced";
import { adapterConformance } from "redis-keyspace/testing";
import { inject } from "vitest";
import { openLucia2, openLucia3 } from "./support/under-test.js";

await tracedClients(inject("redisUrl"), ["node-redis 6", "ioredis 6"], (test, target) => {
  const { name } = target;
  const open: typeof openLucia3 = (client, options) => openLucia2(client, options, true);
  adapterConformance(test, { ...target, name: `Lucia 2 on ${name}`, open });
  adapterConformance(test, { ...target, name: `Lucia 3 on ${name}`, open: openLucia3 });
});
