// Those who trace a Redis client print the arguments of GET and EVALSHA, as the table says that most of them copy:
// https://github.com/open-telemetry/opentelemetry-js-contrib/blob/main/packages/redis-common/src/index.ts
// With a session store these are ids, e-mail addresses and data.

import { builtinModule, platform } from "../runtime.js";

interface Contexts {
  active(): { setValue(key: symbol, value: unknown): unknown };
  with<Answer>(context: unknown, run: () => Answer): Answer;
}

/** Where all copies of OpenTelemetry's API (1.x) in a process find each other. Empty until an SDK is registered. */
const registry: unique symbol = Symbol.for("opentelemetry.js.api.1");

/** In a context with this key the SDK records no span. */
const suppressTracing = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

interface Registered {
  readonly context?: Contexts;
  readonly trace?: unknown;
}

function openTelemetry(): Registered | undefined {
  return (platform as { readonly [registry]?: Registered })[registry];
}

/** Sends something where OpenTelemetry's instrumentations, and Sentry's up to 10, make no span of it. */
export function untraced<Answer>(send: () => Answer): Answer {
  const contexts = openTelemetry()?.context;
  return contexts === undefined ? send() : contexts.with(contexts.active().setValue(suppressTracing, true), send);
}

interface Channel {
  readonly hasSubscribers: boolean;
}

interface DiagnosticsChannel {
  channel(name: string): Channel;
}

const stages = ["start", "end", "asyncStart", "asyncEnd", "error"];

/**
 * Whether somebody sees the arguments of commands.
 *
 * @param tracingChannels The names of `TracingChannel`s.
 * @param channels The names of others.
 * @see https://nodejs.org/api/diagnostics_channel.html
 */
export function watcher(tracingChannels: readonly string[], channels: readonly string[]): () => boolean {
  const diagnostics = builtinModule("node:diagnostics_channel") as DiagnosticsChannel | undefined;
  const names = [...channels, ...tracingChannels.flatMap((name) => stages.map((stage) => `tracing:${name}:${stage}`))];
  const watched = diagnostics === undefined ? [] : names.map((name) => diagnostics.channel(name));
  return () => {
    for (const channel of watched) if (channel.hasSubscribers) return true;
    // Where nothing carries contexts, none can say that it is not to be traced.
    const registered = openTelemetry();
    return registered?.trace !== undefined && registered.context === undefined;
  };
}

interface BufferClass {
  readonly prototype: object;
  from(text: string): object;
}

const { Buffer } = platform as { readonly Buffer?: BufferClass };
const print = { value: () => "?" };
const hiddenBytes: object | null =
  Buffer === undefined
    ? null
    : Object.create(Buffer.prototype, {
        toString: print,
        toLocaleString: print,
        toJSON: print,
        [Symbol.for("nodejs.util.inspect.custom")]: print,
      });

/**
 * The same texts as bytes that print as a question mark. Clients take bytes wherever they take text, though the types of
 * what we use of them say text only. Bytes cost more: where nobody watches, texts are sent as they are.
 */
export function hidden(texts: readonly string[]): readonly string[] {
  return Buffer === undefined ? texts : texts.map((text) => Object.setPrototypeOf(Buffer.from(text), hiddenBytes));
}
