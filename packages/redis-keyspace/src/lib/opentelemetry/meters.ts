import type { Counter, Histogram, Meter } from "@opentelemetry/api";
import type { Incident, Observation } from "../observe.js";
import { attributesOf } from "./attributes.js";

export class Meters {
  readonly #duration: Histogram;
  readonly #refused: Counter;
  readonly #batches: Histogram;
  readonly #retries: Counter;
  readonly #loads: Counter;
  readonly #topologyChanges: Counter;
  readonly #unsealFailures: Counter;

  constructor(meter: Meter) {
    this.#duration = meter.createHistogram("db.client.operation.duration", {
      description: "How long an operation of the session store took",
      unit: "s",
      advice: { explicitBucketBoundaries: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] },
    });
    this.#refused = meter.createCounter("redis_keyspace.sessions.refused", {
      description: "Sign-ins refused because the user had as many sessions as allowed",
      unit: "{session}",
    });
    this.#batches = meter.createHistogram("redis_keyspace.reads.batched", {
      description: "Reads made in one turn that went out as one command",
      unit: "{read}",
      advice: { explicitBucketBoundaries: [2, 4, 8, 16, 32, 64, 128, 256] },
    });
    this.#retries = meter.createCounter("redis_keyspace.changes.retried", {
      description: "Changes tried again because another writer came first",
      unit: "{change}",
    });
    this.#loads = meter.createCounter("redis_keyspace.scripts.loaded", {
      description: "Scripts sent as source because the server did not know them",
      unit: "{script}",
    });
    this.#topologyChanges = meter.createCounter("redis_keyspace.topology.changes", {
      description: "Stores that went over to one key a step because the server refused scripts for several",
      unit: "{store}",
    });
    this.#unsealFailures = meter.createCounter("redis_keyspace.unseal.failures", {
      description: "Sealed records that could not be opened, and are no sessions",
      unit: "{record}",
    });
  }

  operation(seen: Observation): void {
    this.#duration.record(seen.durationMs / 1000, attributesOf(seen));
    if (seen.outcome === "ERR_SESSION_LIMIT") this.#refused.add(1);
  }

  incident(seen: Incident): void {
    switch (seen.kind) {
      case "batch":
        this.#batches.record(seen.reads);
        return;
      case "retry":
        this.#retries.add(1);
        return;
      case "script-load":
        this.#loads.add(1, { "redis_keyspace.script": seen.script });
        return;
      case "topology":
        this.#topologyChanges.add(1, { "redis_keyspace.topology": seen.topology });
        return;
      case "unseal":
        this.#unsealFailures.add(1, { "redis_keyspace.reason": seen.outcome });
        return;
    }
  }
}
