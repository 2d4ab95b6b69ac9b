// Whatever is attached to a client sees no id, no key and no data of a store.

import { clients } from "@redis-keyspace/scripts/clients";
import { forget, inRequest, inRequests, rawOutsideOfRequests, seenOfCommands } from "@redis-keyspace/scripts/traced";
import { conformance } from "redis-keyspace/testing";
import { afterAll, describe, expect, test } from "vitest";
import { sharedRedis } from "./targets.js";

const raw = rawOutsideOfRequests(sharedRedis());
afterAll(raw.close);

/** By its channels, by OpenTelemetry, or by both. */
for (const name of ["node-redis 6", "ioredis 6", "ioredis 5"] as const) {
  describe(name, async () => {
    const { client, close } = await (clients[name] as NonNullable<(typeof clients)[string]>)(sharedRedis());
    afterAll(close);
    conformance(inRequests(test), { name, client, raw: raw.keyspace }, { interleavings: 5, signIns: 200 });

    test("nothing of it was seen", () => {
      expect(seenOfCommands()).toEqual([]);
    });

    test("though commands are seen", async () => {
      await inRequest(async () => {
        await client.get("a-key-of-others");
      });
      expect(seenOfCommands().join()).toContain("a-key-of-others");
      forget();
    });
  });
}
