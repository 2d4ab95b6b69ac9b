import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis } from "ioredis";
import { conformance } from "redis-keyspace/testing";
import { afterAll, describe, test, vi } from "vitest";
import { sharedRedis } from "./targets.js";
import { upstashClients } from "./upstash-clients.js";

// Two thousand sign-ins are as many requests.
vi.setConfig({ testTimeout: 120_000 });

const endpoint = await startUpstashLocal({ redis: sharedRedis(), port: 0 });
const inspector = new Redis(sharedRedis());
afterAll(async () => {
  inspector.disconnect();
  await endpoint.close();
});

for (const [name, connect] of Object.entries(upstashClients)) {
  describe(`@upstash/redis ${name}`, () => {
    conformance(
      test,
      { name, client: connect(endpoint), raw: rawKeyspace([inspector]) },
      // The driver has one way with commands for them all; what differs is below it.
      name === "1.39" ? { signIns: 2000 } : { interleavings: 10, signIns: 500 },
    );
  });
}
