/** A request to a demo, with what its store did meanwhile. */
export interface Trace {
  readonly demo: string;
  /** `POST /sign-in` */
  readonly request: string;
  /** Unix time in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly operations: readonly Operation[];
}

export interface Operation {
  readonly name: string;
  readonly outcome: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** How long the operations of one name and outcome took since the demo started. */
interface Durations {
  readonly operation: string;
  readonly outcome: string;
  readonly count: number;
  readonly sumMs: number;
  /** How many took as long, by `boundsMs`; the last is for those above all bounds. */
  readonly buckets: readonly number[];
  readonly boundsMs: readonly number[];
}

/** What a demo has measured since it started. */
export interface Measured {
  readonly durations: readonly Durations[];
  /** What happened under way, and how often: `scripts.loaded`. */
  readonly incidents: readonly (readonly [name: string, count: number])[];
}

interface Attributed {
  readonly attributes?: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

interface Span extends Attributed {
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

interface Point extends Attributed {
  readonly count: number;
  readonly sum: number;
  readonly bucketCounts: readonly number[];
  readonly explicitBounds: readonly number[];
}

interface Metric {
  readonly name: string;
  readonly histogram?: { readonly dataPoints: readonly Point[] };
  readonly sum?: { readonly dataPoints: readonly { readonly asDouble?: number; readonly asInt?: number }[] };
}

/** What OTLP sends as JSON, as far as it is shown here. */
export interface Spans {
  readonly resourceSpans: readonly {
    readonly resource: Attributed;
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly Span[] }[];
  }[];
}

export interface Metrics {
  readonly resourceMetrics: readonly {
    readonly resource: Attributed;
    readonly scopeMetrics: readonly {
      readonly metrics: readonly Metric[];
    }[];
  }[];
}

const OURS = "redis_keyspace.";
const KEPT_TRACES = 100;
const SHOWN_TRACES = 10;

/** A small collector: the last requests, and how long operations took. */
export class Telemetry {
  readonly #operations = new Map<string, Operation[]>();
  readonly #requests = new Map<string, Omit<Trace, "operations">>();
  readonly #measured = new Map<string, Measured>();

  addSpans({ resourceSpans }: Spans): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      for (const { scope, spans } of scopeSpans) {
        // What a framework says of itself is left out.
        if (scope.name === "redis-keyspace") for (const span of spans) this.#addOperation(span);
        if (scope.name === "demo")
          for (const span of spans) this.#addRequest(attribute(resource, "service.name"), span);
      }
    }
  }

  #addOperation(span: Span): void {
    const operation = { name: span.name, outcome: attribute(span, "redis_keyspace.outcome"), ...timesOf(span) };
    this.#operations.set(span.traceId, [...(this.#operations.get(span.traceId) ?? []), operation]);
    forgetOldest(this.#operations);
  }

  #addRequest(demo: string, span: Span): void {
    this.#requests.set(span.traceId, { demo, request: span.name, ...timesOf(span) });
    forgetOldest(this.#requests);
  }

  /** The newest first. */
  traces(): Trace[] {
    return [...this.#requests]
      .map(([id, request]) => ({ ...request, operations: this.#operations.get(id) ?? [] }))
      .filter(({ operations }) => operations.length > 0)
      .sort((a, b) => b.startMs - a.startMs)
      .slice(0, SHOWN_TRACES);
  }

  /** A demo sends its sums since it started: those that came last are all there is. */
  addMetrics({ resourceMetrics }: Metrics): void {
    for (const { resource, scopeMetrics } of resourceMetrics) {
      const durations: Durations[] = [];
      const incidents: [string, number][] = [];
      for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        if (metric.name === "db.client.operation.duration") {
          durations.push(...(metric.histogram?.dataPoints ?? []).map(durationsOf));
        } else if (metric.name.startsWith(OURS)) {
          incidents.push([metric.name.slice(OURS.length), countOf(metric)]);
        }
      }
      durations.sort((a, b) => b.count - a.count);
      this.#measured.set(attribute(resource, "service.name"), { durations, incidents });
    }
  }

  measured(): ReadonlyMap<string, Measured> {
    return this.#measured;
  }
}

function durationsOf(point: Point): Durations {
  const model = attribute(point, "redis_keyspace.model");
  return {
    operation: `${model === "user-sessions" ? "session" : model}.${attribute(point, "db.operation.name")}`,
    outcome: attribute(point, "redis_keyspace.outcome"),
    count: point.count,
    sumMs: point.sum * 1_000,
    buckets: point.bucketCounts,
    boundsMs: point.explicitBounds.map((seconds) => seconds * 1_000),
  };
}

function countOf({ sum, histogram }: Metric): number {
  const counts = sum?.dataPoints.map(({ asDouble = 0, asInt = asDouble }) => Number(asInt));
  return (counts ?? histogram?.dataPoints.map(({ count }) => count) ?? []).reduce((a, b) => a + b, 0);
}

function attribute({ attributes = [] }: Attributed, name: string): string {
  return attributes.find(({ key }) => key === name)?.value.stringValue ?? "";
}

function timesOf({ startTimeUnixNano, endTimeUnixNano }: Span): { startMs: number; endMs: number } {
  return { startMs: Number(startTimeUnixNano) / 1e6, endMs: Number(endTimeUnixNano) / 1e6 };
}

function forgetOldest(byTrace: Map<string, unknown>): void {
  const [oldest] = byTrace.keys();
  if (byTrace.size > KEPT_TRACES && oldest !== undefined) byTrace.delete(oldest);
}
