import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { Redis } from "ioredis";
import { conformance } from "redis-keyspace/testing";
import { afterAll, describe, test } from "vitest";
import { sharedRedis, standaloneClients } from "./targets.js";

const inspector = new Redis(sharedRedis());
afterAll(() => inspector.disconnect());

for (const [name, connect] of Object.entries(standaloneClients)) {
  describe(name, async () => {
    const { client, close } = await connect(sharedRedis());
    afterAll(close);
    conformance(test, { name, client, raw: rawKeyspace([inspector]) }, { thorough: name === "node-redis 6" });
  });
}
