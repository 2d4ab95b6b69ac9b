// What people attach to their Redis clients, for tests that nothing secret is seen there: OpenTelemetry's
// instrumentations, and subscribers of the clients' own channels. Import this first: clients that are loaded later are
// the ones that are instrumented.
import { AsyncLocalStorage } from "node:async_hooks";
import { channel, tracingChannel } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { IORedisInstrumentation } from "@opentelemetry/instrumentation-ioredis";
import { RedisInstrumentation } from "@opentelemetry/instrumentation-redis";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";

/** @typedef {import("@opentelemetry/sdk-trace-node").ReadableSpan} ReadableSpan */

/** @type {ReadableSpan[]} */
const spans = [];

const exporter = {
  /** @param {ReadableSpan[]} ended @param {(result: { code: number }) => void} done */
  export(ended, done) {
    spans.push(...ended);
    done({ code: 0 });
  },
  shutdown: async () => {},
};

const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
for (const instrumentation of [new RedisInstrumentation(), new IORedisInstrumentation()]) {
  instrumentation.setTracerProvider(provider);
  instrumentation.enable();
}
// Instrumentations patch what is required, and tests import.
const { Redis: Redis5 } = /** @type {typeof import("ioredis-5")} */ (createRequire(import.meta.url)("ioredis-5"));
const { rawKeyspace } = await import("./clients.mjs");

/** @type {{ readonly command: string, readonly args: readonly string[] }[]} */
const commands = [];

/** @param {{ command: string, args: readonly unknown[] }} message */
const ofNodeRedis = ({ command, args }) => commands.push({ command, args: args.slice(1).map(String) });
/** @param {{ command: string, args: readonly unknown[] }} message */
const ofIoRedis = ({ command, args }) => commands.push({ command, args: args.map(String) });

/** Whether the test itself looks behind the store. */
const looking = new AsyncLocalStorage();

/** @param {(message: any) => void} tell */
const unlessLooking = (tell) => (/** @type {unknown} */ message) => {
  if (looking.getStore() !== true) tell(message);
};
/** @param {(message: any) => void} start */
const onStart = (start) => ({ start: unlessLooking(start), end() {}, asyncStart() {}, asyncEnd() {}, error() {} });
tracingChannel("node-redis:command").subscribe(onStart(ofNodeRedis));
tracingChannel("ioredis:command").subscribe(onStart(ofIoRedis));
channel("node-redis:command:reply").subscribe(
  unlessLooking(({ args }) => ofNodeRedis({ command: String(args[0]), args })),
);

const root = trace.setSpan(ROOT_CONTEXT, trace.getTracer("test").startSpan("request"));

/** Runs something as an application runs it: below the span of a request. */
export function inRequest(/** @type {() => Promise<void>} */ run) {
  return context.with(root, run);
}

/**
 * Registers tests that run below the span of a request.
 *
 * @param {(name: string, body: () => Promise<void>) => void} test
 */
export function inRequests(test) {
  return (/** @type {string} */ name, /** @type {() => Promise<void>} */ body) => test(name, () => inRequest(body));
}

/** Commands that a client sends by itself, and those that name no key. */
const harmless = /^(HELLO|CLIENT|PING|INFO|CLUSTER|COMMAND|SELECT|READONLY|SCAN|QUIT|SENTINEL|ROLE)$/i;

/** What a command shows, without question marks, the hash of a script, numbers, and the words of SORT_RO. */
function shown(/** @type {string} */ command, /** @type {readonly string[]} */ args) {
  const rest = /^EVAL/i.test(command) ? args.slice(1) : args;
  return rest.filter((text) => !/^(\?|\d+|#|BY|nosort|LIMIT|GET)$/.test(text));
}

/** All commands of which more was seen than their names: by spans of instrumentations, and by subscribers. */
export function seenOfCommands() {
  const ofSpans = spans
    .filter(({ instrumentationScope }) => instrumentationScope.name.startsWith("@opentelemetry/instrumentation-"))
    .map(({ attributes }) => attributes["db.query.text"] ?? attributes["db.statement"])
    .filter((text) => typeof text === "string")
    .map((text) => ({ command: text.split(" ")[0] ?? "", args: text.split(" ").slice(1) }));
  return [...ofSpans, ...commands]
    .filter(({ command, args }) => !harmless.test(command) && shown(command, args).length > 0)
    .map(({ command, args }) => `${command} ${args.join(" ")}`);
}

/** All that instrumentations have recorded, and all commands that the channels have told of. */
export function everything() {
  return {
    spans: JSON.stringify(spans.map(({ name, attributes, events }) => [name, attributes, events])),
    commands: JSON.stringify(commands),
  };
}

/** Begins anew. */
export function forget() {
  spans.length = 0;
  commands.length = 0;
}

/**
 * Looks behind a store, where nobody sees it.
 *
 * @template Answer
 * @param {() => Answer} look
 */
export function unseen(look) {
  // Where there is no request, the instrumentation of ioredis makes no span.
  return looking.run(true, () => context.with(ROOT_CONTEXT, look));
}

/** A look behind a store that is not seen itself. */
export function rawOutsideOfRequests(/** @type {string} */ url) {
  const inspector = new Redis5(url);
  const raw = rawKeyspace([/** @type {any} */ (inspector)]);
  const keyspace = Object.fromEntries(
    Object.entries(raw).map(([name, look]) => [
      name,
      (/** @type {any[]} */ ...args) => unseen(() => /** @type {any} */ (look)(...args)),
    ]),
  );
  return { keyspace: /** @type {typeof raw} */ (keyspace), close: () => inspector.disconnect() };
}
