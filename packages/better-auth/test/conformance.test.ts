// The kit of the core, for the storage as better-auth uses it over HTTP, with one script for record and index and one key a step.
import { adapterTargets } from "@redis-keyspace/scripts/topologies";
import { adapterConformance } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { open } from "./support/under-test.js";

const { targets, close } = await adapterTargets(inject("redisUrl"));
afterAll(close);

for (const target of targets) adapterConformance(test, { ...target, open });
