import { context, type Meter, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { createSessionStore, type SessionStoreOptions } from "redis-keyspace";
import type { Driver } from "redis-keyspace/driver";
import { createIdentityStore } from "redis-keyspace/identity";
import { memoryDriver } from "redis-keyspace/memory";
import { instrument, redactSessions } from "redis-keyspace/opentelemetry";
import { afterAll, beforeEach, expect, test } from "vitest";
import { identityOptions } from "./identity-options.js";

const spans = new InMemorySpanExporter();
const tracers = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
tracers.register();
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);

function meters(): { meter: Meter; read(): Promise<Record<string, [attributes: object, value: unknown][]>> } {
  const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  return {
    meter: provider.getMeter("test"),
    async read() {
      measured.reset();
      await reader.forceFlush();
      const metrics = measured
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
      return Object.fromEntries(
        metrics.map(({ descriptor, dataPoints }) => [
          `${descriptor.name} ${descriptor.unit}`,
          dataPoints.map(
            ({ attributes, value }) => [attributes, typeof value === "number" ? value : value.count] as const,
          ),
        ]),
      ) as Record<string, [object, unknown][]>;
    },
  };
}

const open = (options: SessionStoreOptions<{ n: number }>, driver: Driver = memoryDriver()) =>
  createSessionStore<{ n: number }>(driver, options);

beforeEach(() => spans.reset());
afterAll(() => tracers.shutdown());

test("each operation is a span below the caller's, without an id", async () => {
  const { meter } = meters();
  const sessions = open({ observe: instrument({ meter }), maxSessionsPerUser: 1, whenFull: "reject" });
  const request = trace.getTracer("test").startSpan("request");
  const id = await context.with(trace.setSpan(ROOT_CONTEXT, request), async () => {
    const { id } = await sessions.create({ userId: "secret-user", data: { n: 1 } });
    await sessions.get(id);
    await sessions.get("secret-missing-id");
    await sessions.list("secret-user");
    await sessions.create({ userId: "secret-user", data: { n: 2 } }).catch(() => {});
    return id;
  });
  const seen = spans.getFinishedSpans();
  expect(seen.map(({ name, attributes }) => [name, attributes["redis_keyspace.outcome"]])).toEqual([
    ["session.create", "ok"],
    ["session.get", "ok"],
    ["session.get", "absent"],
    ["session.list", "ok"],
    ["session.create", "ERR_SESSION_LIMIT"],
  ]);
  for (const { parentSpanContext, kind, duration } of seen) {
    expect([parentSpanContext?.spanId, kind]).toEqual([request.spanContext().spanId, SpanKind.CLIENT]);
    expect(duration[0]).toBe(0);
  }
  expect(seen[1]?.attributes).toEqual({
    "db.system.name": "redis",
    "db.operation.name": "get",
    "redis_keyspace.model": "session",
    "redis_keyspace.driver": "memory",
    "redis_keyspace.topology": "atomic",
    "redis_keyspace.outcome": "ok",
  });
  expect(seen[1]?.status).toEqual({ code: SpanStatusCode.UNSET });
  expect(seen[4]?.status).toEqual({ code: SpanStatusCode.ERROR, message: "ERR_SESSION_LIMIT" });
  expect(seen[4]?.attributes["error.type"]).toBe("ERR_SESSION_LIMIT");
  const text = JSON.stringify(seen.map(({ name, attributes, status, events }) => [name, attributes, status, events]));
  expect(text).not.toContain(id);
  expect(text).not.toContain("secret");
});

test("an identity store's spans are named by what they are about", async () => {
  const store = createIdentityStore(memoryDriver(), {
    ...identityOptions("otel"),
    observe: instrument({ meter: false }),
  });
  const user = await store.users.create({ email: "secret@example.com" });
  await store.sessions.list(String(user["id"]));
  expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual(["user.create", "session.list"]);
});

test("metrics tell durations by outcome, batches, retries, and what the limit refused", async () => {
  const { meter, read } = meters();
  const observe = instrument({ tracer: false, meter });
  const together = { ...memoryDriver(), coalesceReads: true };
  const sessions = open({ observe, maxSessionsPerUser: 1, whenFull: "reject" }, together);
  const { id } = await sessions.create({ userId: "u1", data: { n: 1 } });
  await Promise.all([sessions.get(id), sessions.get("missing"), sessions.get("missing too")]);
  await sessions.create({ userId: "u1", data: { n: 2 } }).catch(() => {});
  let raced = false;
  await sessions.update(id, async ({ data }) => {
    if (!raced) {
      raced = true;
      await sessions.update(id, () => ({ data: { n: 10 } }));
    }
    return { data: { n: data.n + 1 } };
  });
  const metrics = await read();
  const durations = metrics["db.client.operation.duration s"] ?? [];
  const counted = durations.map(([attributes, count]) => {
    const { "db.operation.name": operation, "redis_keyspace.outcome": outcome } = attributes as Record<string, string>;
    return `${operation} ${outcome} ${String(count)}`;
  });
  expect(counted.sort()).toEqual([
    "create ERR_SESSION_LIMIT 1",
    "create ok 1",
    "get absent 2",
    "get ok 1",
    "update ok 2",
  ]);
  expect(metrics["redis_keyspace.sessions.refused {session}"]).toEqual([[{}, 1]]);
  expect(metrics["redis_keyspace.changes.retried {change}"]).toEqual([[{}, 1]]);
  expect(metrics["redis_keyspace.reads.batched {read}"]).toEqual([[{}, 1]]);
  expect(JSON.stringify(metrics)).not.toContain(id);
  expect(spans.getFinishedSpans()).toEqual([]);
});

test("metrics tell of a server that has lost its scripts, of one that refuses keys, and of what cannot be opened", async () => {
  const { meter, read } = meters();
  const { incident } = instrument({ tracer: false, meter });
  incident?.({ kind: "script-load", script: "create" });
  incident?.({ kind: "topology", topology: "stepwise" });
  incident?.({ kind: "unseal", outcome: "unknown-key" });
  incident?.({ kind: "unseal", outcome: "refused" });
  const metrics = await read();
  expect(metrics["redis_keyspace.scripts.loaded {script}"]).toEqual([[{ "redis_keyspace.script": "create" }, 1]]);
  expect(metrics["redis_keyspace.topology.changes {store}"]).toEqual([[{ "redis_keyspace.topology": "stepwise" }, 1]]);
  expect(metrics["redis_keyspace.unseal.failures {record}"]).toEqual([
    [{ "redis_keyspace.reason": "unknown-key" }, 1],
    [{ "redis_keyspace.reason": "refused" }, 1],
  ]);
});

test("sessions go on with a tracer that throws, an exporter that hangs, and a meter that fails", async () => {
  const fail = (): never => {
    throw new Error("broken");
  };
  const instrumentThat = { record: fail, add: fail };
  const meter = { createHistogram: () => instrumentThat, createCounter: () => instrumentThat } as unknown as Meter;
  const hanging = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ export: () => {}, shutdown: () => new Promise(() => {}) })],
  });
  const tracersThatFail = [{ startSpan: fail } as unknown as Tracer, hanging.getTracer("hangs")];
  for (const tracer of tracersThatFail) {
    const sessions = open({ observe: instrument({ tracer, meter }) });
    const session = await sessions.create({ userId: "u1", data: { n: 1 } });
    expect(await sessions.get(session.id)).toEqual(session);
  }
});

test("bad options are refused by name", () => {
  expect(() => instrument({ tracer: {} as Tracer })).toThrow(
    new TypeError('option "tracer" must be a tracer of OpenTelemetry or false'),
  );
  expect(() => instrument({ meter: null as unknown as Meter })).toThrow(/option "meter"/);
  expect(() => instrument({ trace: true } as object)).toThrow(/option "trace" is not known/);
});

test("redactSessions shows the command and how much follows", () => {
  expect(redactSessions("EVALSHA", ["sha", "1", "session:secret"])).toBe("EVALSHA [3 arguments]");
  expect(redactSessions("PING", [])).toBe("PING");
});
