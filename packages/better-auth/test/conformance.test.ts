// The kit of the core, for the storage as better-auth uses it over HTTP, with one script for record and index and one key a step.
import { randomBytes } from "node:crypto";
import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { startSlotCheckingRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import { createClient } from "redis";
import type { StoreClient } from "redis-keyspace";
import { seal } from "redis-keyspace/sealing";
import { type AdapterOptions, type AdapterUnderTest, adapterConformance } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { redisStorage } from "../src/index.js";
import { inspect } from "./support/redis.js";
import { underTest } from "./support/under-test.js";

const url = inject("redisUrl");
const raw = rawKeyspace([inspect()]);
const nodeRedis = await createClient({ url }).connect();
// One endpoint that checks slots, behind a client that knows nothing of them.
const checking = await startSlotCheckingRedis();
const plain = new Redis(checking.url);

afterAll(async () => {
  nodeRedis.destroy();
  plain.disconnect();
  await checking.stop();
});

const codec = seal(randomBytes(32).toString("base64"));

function open(client: StoreClient, { prefix, ...options }: AdapterOptions): AdapterUnderTest {
  const sealed = options.hashIds === true ? { codec } : {};
  return underTest(redisStorage({ client, ...options, ...sealed, keyPrefix: prefix, legacyIndex: false }), prefix);
}

adapterConformance(test, { name: "node-redis", client: nodeRedis, raw, open });
adapterConformance(test, { name: "a server that checks slots", client: plain, raw: rawKeyspace([plain]), open });
