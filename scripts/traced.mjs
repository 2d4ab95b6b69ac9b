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
import { afterAll, expect, test } from "vitest";

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
const { clients, rawKeyspace } = await import("./clients.mjs");

/** @typedef {import("./clients.mjs").Client} Client */

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
 * Registers tests on some clients, each below the span of a request, and after those of a client that nothing was seen of
 * what they did.
 *
 * @param {string} url
 * @param {readonly string[]} names
 * @param {(
 *   test: (name: string, body: () => Promise<void>) => void,
 *   target: { name: string, client: Client, raw: ReturnType<typeof rawKeyspace> },
 * ) => void} register
 */
export async function tracedClients(url, names, register) {
  const { keyspace: raw, close: closeRaw } = rawOutsideOfRequests(url);
  afterAll(closeRaw);
  for (const name of names) {
    const connect = clients[name];
    if (connect === undefined) throw new Error(`there is no client ${name}`);
    const { client, close } = await connect(url);
    afterAll(() => close());
    register((title, body) => test(title, () => inRequest(body)), { name, client, raw });

    test(`${name}: nothing of it was seen, though commands are`, async () => {
      expect(seenOfCommands()).toEqual([]);
      await inRequest(async () => {
        await client.get("a-key-of-others");
      });
      expect(seenOfCommands().join()).toContain("a-key-of-others");
      forget();
    });
  }
}

/** Commands that a client sends by itself, and those that name no key. */
const harmless = /^(HELLO|CLIENT|PING|INFO|CLUSTER|COMMAND|SELECT|READONLY|SCAN|QUIT|SENTINEL|ROLE)$/i;

/** What a command shows, without question marks, the hash of a script, numbers, and the words of SORT_RO. */
function shown(/** @type {string} */ command, /** @type {readonly string[]} */ args) {
  const rest = /^EVAL/i.test(command) ? args.slice(1) : args;
  return rest.filter((text) => !/^(\?|\d+|#|BY|nosort|LIMIT|GET)$/.test(text));
}

/** All commands of which more was seen than their names: by spans of instrumentations, and by subscribers. */
function seenOfCommands() {
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
function rawOutsideOfRequests(/** @type {string} */ url) {
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
