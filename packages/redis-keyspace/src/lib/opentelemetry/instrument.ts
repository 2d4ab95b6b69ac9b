import { createNoopMeter, type Meter, metrics, ProxyTracerProvider, type Tracer, trace } from "@opentelemetry/api";
import type { Observer } from "../observe.js";
import { checkKnown } from "../options.js";
import { Meters } from "./meters.js";
import { recordSpan } from "./spans.js";

export interface InstrumentOptions {
  /** Makes the spans; `false` for none. Default: that of the registered provider, named `redis-keyspace`. */
  readonly tracer?: Tracer | false | undefined;
  /** Makes the metrics; `false` for none. Default: that of the registered provider, named `redis-keyspace`. */
  readonly meter?: Meter | false | undefined;
}

/**
 * An observer for OpenTelemetry: a span for each operation of a store, and metrics. No id, key or data is in them; see
 * `docs/observability.md` for the names. Register the SDK first.
 *
 * @throws {TypeError} naming the option that is wrong.
 *
 * @example
 * const sessions = createSessionStore(client, { observe: instrument() });
 */
export function instrument(options: InstrumentOptions = {}): Observer {
  checkKnown(options, ["tracer", "meter"]);
  const { tracer, meter = metrics.getMeter(NAME) } = options;
  if (tracer !== undefined && tracer !== false) checkMethod("tracer", tracer, "startSpan");
  if (meter !== false) checkMethod("meter", meter, "createHistogram");
  const meters = meter === false || meter === createNoopMeter() ? undefined : new Meters(meter);
  const tracerNow = tracer === undefined ? registeredTracer() : () => tracer || undefined;
  return {
    operation(seen) {
      meters?.operation(seen);
      const tracer = tracerNow();
      if (tracer !== undefined) recordSpan(tracer, seen);
    },
    incident: meters && ((seen) => meters.incident(seen)),
  };
}

const NAME = "redis-keyspace";

/** The one that is registered, or nothing for so long as there is none: then a span is not even described. */
function registeredTracer(): () => Tracer | undefined {
  let found: Tracer | undefined;
  return () => {
    if (found !== undefined) return found;
    const provider = trace.getTracerProvider();
    found = provider instanceof ProxyTracerProvider ? provider.getDelegateTracer(NAME) : provider.getTracer(NAME);
    return found;
  };
}

function checkMethod(option: string, given: object, method: string): void {
  if (typeof (given as Record<string, unknown> | null)?.[method] !== "function") {
    throw new TypeError(`option "${option}" must be a ${option} of OpenTelemetry or false`);
  }
}
