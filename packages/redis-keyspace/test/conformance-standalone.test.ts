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
    const first = name === "node-redis 6";
    // What is asked of the server is the same with every client.
    const effort = first || name === "ioredis 6" ? {} : { interleavings: 20, signIns: 1000 };
    conformance(test, { name, client, raw: rawKeyspace([inspector]) }, { thorough: first, ...effort });
  });
}
