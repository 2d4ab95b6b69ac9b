// Whatever is attached to a client sees no id, no key and no data of the hook and the stores.

import { clients } from "@redis-keyspace/scripts/clients";
import { forget, inRequest, inRequests, rawOutsideOfRequests, seenOfCommands } from "@redis-keyspace/scripts/traced";
import { adapterConformance } from "redis-keyspace/testing";
import { afterAll, expect, inject, test } from "vitest";
import { openArticleStore, openHook, openLegacyStore } from "./support/adapters.js";
import { kits } from "./support/kit.js";

const raw = rawOutsideOfRequests(inject("redisUrl"));
afterAll(raw.close);

for (const name of ["node-redis 6", "ioredis 6"] as const) {
  const connected = await clients[name]?.(inject("redisUrl"));
  if (connected === undefined) throw new Error(`there is no client ${name}`);
  const { client, close } = connected;
  afterAll(close);
  const target = { client, raw: raw.keyspace };
  for (const [adapter, open] of Object.entries({
    hook: openHook(kits[0] as string),
    openArticleStore,
    openLegacyStore,
  })) {
    adapterConformance(inRequests(test), { ...target, name: `${adapter} on ${name}`, open });
  }

  test(`${name}: nothing of it was seen, though commands are`, async () => {
    expect(seenOfCommands()).toEqual([]);
    await inRequest(async () => {
      await client.get("a-key-of-others");
    });
    expect(seenOfCommands().join()).toContain("a-key-of-others");
    forget();
  });
}
