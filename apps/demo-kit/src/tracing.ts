import { metrics, SpanKind, trace } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SamplingDecision,
  type Span,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { type Operation, remember } from "./last-click.js";

const EXPORT_EVERY_MS = 1_000;

/**
 * Registers OpenTelemetry's SDK: for the Trace line, and for a collector where `OTEL_EXPORTER_OTLP_ENDPOINT` names one.
 * To be called before a store is opened with `observe: instrument()`.
 *
 * @param name What the demo is called there.
 */
export function startTracing(name: string): void {
  const resource = resourceFromAttributes({ "service.name": name });
  const collected = Boolean(process.env["OTEL_EXPORTER_OTLP_ENDPOINT"]);
  const spanProcessors: SpanProcessor[] = [new TraceLine()];
  if (collected) {
    const exporter = new OTLPTraceExporter({ timeoutMillis: EXPORT_EVERY_MS });
    spanProcessors.push(new BatchSpanProcessor(exporter, { scheduledDelayMillis: EXPORT_EVERY_MS }));
    const reader = new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ timeoutMillis: EXPORT_EVERY_MS }),
      exportIntervalMillis: EXPORT_EVERY_MS,
      exportTimeoutMillis: EXPORT_EVERY_MS,
    });
    metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers: [reader] }));
  }
  new NodeTracerProvider({ resource, sampler: new ParentBasedSampler({ root: clicks }), spanProcessors }).register();
}

/** Answers a request under a span, so that what the store does meanwhile lies under it. */
export function traced<Answer>(method: string, path: string, answer: () => Promise<Answer>): Promise<Answer> {
  // Without the query, in which a link to sign in has its token.
  const name = `${method} ${path.split("?", 1)[0]}`;
  return trace.getTracer("demo").startActiveSpan(name, { kind: SpanKind.SERVER }, async (span) => {
    try {
      return await answer();
    } finally {
      span.end();
    }
  });
}

/** The panel asks every two seconds, a page for its style and for the end of its session: nobody clicked. */
const clicks: Sampler = {
  shouldSample(_context, _traceId, name) {
    const isClick = !/^GET \/(keyspace$|session-end$|_next\/|_app\/|style\.css$|script\.js$)/.test(name);
    return { decision: isClick ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  },
  toString: () => "clicks",
};

/** Keeps the operations of each request as they end, for the page that is being made as well. */
class TraceLine implements SpanProcessor {
  readonly #open = new Map<string, { readonly request: string; readonly operations: Operation[] }>();

  onStart(span: Span): void {
    if (span.parentSpanContext !== undefined) return;
    this.#open.set(span.spanContext().traceId, { request: span.name, operations: [] });
  }

  onEnd(span: ReadableSpan): void {
    const { traceId } = span.spanContext();
    const trace = this.#open.get(traceId);
    if (trace !== undefined && span.instrumentationScope.name === "redis-keyspace") {
      const [seconds, nanoseconds] = span.duration;
      const outcome = String(span.attributes["redis_keyspace.outcome"]);
      trace.operations.push({ name: span.name, outcome, durationMs: seconds * 1_000 + nanoseconds / 1_000_000 });
      if (trace.operations.length === 1) remember(trace);
    }
    if (span.parentSpanContext === undefined) this.#open.delete(traceId);
  }

  forceFlush = async (): Promise<void> => {};
  shutdown = async (): Promise<void> => {};
}
