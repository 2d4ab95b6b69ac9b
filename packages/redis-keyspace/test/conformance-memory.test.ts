import { rawMemory } from "@redis-keyspace/scripts/clients";
import { memoryDriver } from "redis-keyspace/memory";
import { conformance } from "redis-keyspace/testing";
import { test } from "vitest";

const one = memoryDriver();
conformance(test, { name: "memory", client: one, raw: rawMemory(one), sharesClock: true }, { thorough: true });

const slots = memoryDriver({ cluster: true });
conformance(
  test,
  { name: "memory, one key a step", client: slots, raw: rawMemory(slots), sharesClock: true },
  { atomic: false, interleavings: 1000, thorough: true },
);
