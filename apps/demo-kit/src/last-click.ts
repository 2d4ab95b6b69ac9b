/** What the store did for one request. */
export interface Trace {
  /** `POST /sign-in` */
  readonly request: string;
  readonly operations: readonly Operation[];
}

export interface Operation {
  /** `session.create` */
  readonly name: string;
  /** `ok`, `absent` or the error's code. */
  readonly outcome: string;
  readonly durationMs: number;
}

const KEPT = 20;

// Next bundles this module more than once, and what `tracing.ts` adds is for all copies.
const shared = globalThis as { demoTraces?: Trace[] };

/** Called with the first operation of a trace. More may be added to it. */
export function remember(trace: Trace): void {
  shared.demoTraces = [trace, ...(shared.demoTraces ?? [])].slice(0, KEPT);
}

/** The last request that changed something; where there is none, the last that asked the store anything. */
export function lastClick(): Trace | undefined {
  return shared.demoTraces?.find(hasChanged) ?? shared.demoTraces?.[0];
}

/** A form was sent, or a link was followed that signs in. That a page was seen may be noted, but is no change. */
function hasChanged({ request, operations }: Trace): boolean {
  return request.startsWith("POST ") || operations.some(({ name }) => /\.(create|delete|take)/.test(name));
}

/** `1.2 ms` */
export function milliseconds(durationMs: number): string {
  return `${durationMs.toFixed(1)} ms`;
}
