// The kit of the core, over the store's own client.
import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { conformance } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { ownClient } from "../src/lib/own-client.js";
import { inspect } from "./support/redis.js";

const { driver, close } = ownClient({ url: inject("redisUrl") }, () => {});
afterAll(close);

conformance(test, { name: "own client", client: driver, raw: rawKeyspace([inspect()]) });
