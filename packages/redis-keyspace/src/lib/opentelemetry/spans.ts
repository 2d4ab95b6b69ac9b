import { SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api";
import type { Observation } from "../observe.js";
import { attributesOf, errorOf } from "./attributes.js";

/** Lies under the span in which the operation was called. */
export function recordSpan(tracer: Tracer, seen: Observation): void {
  const endTime = Date.now();
  const span = tracer.startSpan(nameOf(seen), {
    kind: SpanKind.CLIENT,
    startTime: endTime - seen.durationMs,
    attributes: attributesOf(seen),
  });
  const error = errorOf(seen);
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
  span.end(endTime);
}

/** `session.create`, `user.get`. A user's sessions are still sessions. */
function nameOf({ keyKind, operation }: Observation): string {
  return `${keyKind === "user-sessions" ? "session" : keyKind}.${operation}`;
}
