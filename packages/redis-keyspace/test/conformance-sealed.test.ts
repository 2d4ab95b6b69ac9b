// The whole kit with every record sealed, on one script for both keys and on one key a step.
import { randomBytes } from "node:crypto";
import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { Redis } from "ioredis";
import { seal } from "redis-keyspace/sealing";
import { conformance } from "redis-keyspace/testing";
import { afterAll, test } from "vitest";
import { sharedRedis } from "./targets.js";

const [client, other, inspector] = [new Redis(sharedRedis()), new Redis(sharedRedis()), new Redis(sharedRedis())];
afterAll(() => {
  for (const each of [client, other, inspector]) each.disconnect();
});

const codec = seal(randomBytes(32).toString("base64"));
const raw = rawKeyspace([inspector]);
const effort = { interleavings: 20, signIns: 500 };

conformance(test, { name: "sealed", client, raw, codec }, effort);
conformance(
  test,
  { name: "sealed, two clients", client: { session: client, userSessions: other }, raw, codec },
  { ...effort, atomic: false },
);
