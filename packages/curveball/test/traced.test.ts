// Whatever is attached to a client sees no id, no key and no data of the store.

import { clients } from "@redis-keyspace/scripts/clients";
import { forget, inRequest, inRequests, rawOutsideOfRequests, seenOfCommands } from "@redis-keyspace/scripts/traced";
import { adapterConformance } from "redis-keyspace/testing";
import { afterAll, expect, inject, onTestFinished, test } from "vitest";
import { RedisStore } from "../src/index.js";
import { underTest, type Values } from "./support/under-test.js";

const raw = rawOutsideOfRequests(inject("redisUrl"));
afterAll(raw.close);

for (const name of ["node-redis 6", "ioredis 6"] as const) {
  const connected = await clients[name]?.(inject("redisUrl"));
  if (connected === undefined) throw new Error(`there is no client ${name}`);
  const { client, close } = connected;
  afterAll(close);
  adapterConformance(inRequests(test), {
    ...{ name, client, raw: raw.keyspace },
    open(given, { prefix, ...options }) {
      const userIdFrom = ({ userId }: Values) => userId;
      const store = new RedisStore<Values>({ client: given, ...options, prefix, userIdFrom, touchAfterSeconds: 0 });
      onTestFinished(() => store.close());
      return underTest(store, prefix);
    },
  });

  test(`${name}: nothing of it was seen, though commands are`, async () => {
    expect(seenOfCommands()).toEqual([]);
    await inRequest(async () => {
      await client.get("a-key-of-others");
    });
    expect(seenOfCommands().join()).toContain("a-key-of-others");
    forget();
  });
}
