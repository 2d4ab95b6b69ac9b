import type { Attributes } from "@opentelemetry/api";
import type { Observation } from "../observe.js";

/**
 * Names of the conventions for databases where there is one, else our own.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/database/database-spans/
 */
export function attributesOf(seen: Observation): Attributes {
  const { operation, keyKind, driver, topology, outcome } = seen;
  const error = errorOf(seen);
  const attributes: Attributes = {
    "db.system.name": "redis",
    "db.operation.name": operation,
    "redis_keyspace.model": keyKind,
    "redis_keyspace.driver": driver,
    "redis_keyspace.topology": topology,
    "redis_keyspace.outcome": outcome,
  };
  if (error !== undefined) attributes["error.type"] = error;
  return attributes;
}

/** The code of what went wrong. */
export function errorOf({ outcome }: Observation): string | undefined {
  return outcome === "ok" || outcome === "absent" ? undefined : outcome;
}
