// What this package uses of the platform. Every supported runtime has the first group; the second is used where it is
// there. Nothing is imported from Node, so the package loads on edge runtimes (workerd, Vercel Edge, that of Next.js) as it is.

type Timer = unknown;

/** A `CryptoKey`. */
export interface SecretKey {
  readonly algorithm: { name: string };
  readonly extractable: boolean;
  readonly type: string;
  readonly usages: string[];
}

interface Subtle {
  digest(algorithm: string, bytes: Uint8Array): Promise<ArrayBuffer>;
  importKey(
    format: "raw",
    bytes: Uint8Array,
    algorithm: string,
    extractable: false,
    uses: string[],
  ): Promise<SecretKey>;
  deriveKey(by: object, key: SecretKey, of: object, extractable: false, usages: string[]): Promise<SecretKey>;
  deriveBits(by: object, key: SecretKey, length: number): Promise<ArrayBuffer>;
}

interface Platform {
  readonly setTimeout: (callback: () => void, ms: number) => Timer;
  readonly clearTimeout: (timer: Timer) => void;
  readonly queueMicrotask: (callback: () => void) => void;
  readonly performance: { now(): number };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly TextDecoder: new (
    encoding: string,
    options: { ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string };
  readonly AbortController: new () => { readonly signal: unknown; abort(): void };
  readonly btoa: (binary: string) => string;
  readonly crypto: {
    randomUUID(): string;
    getRandomValues(bytes: Uint8Array): Uint8Array;
    readonly subtle: Subtle;
  };

  readonly setImmediate?: (callback: () => void) => unknown;
  readonly navigator?: { readonly userAgent?: string };
  readonly process?: {
    getBuiltinModule?(name: string): unknown;
    nextTick?(callback: () => void): void;
  };
}

export const platform: Platform = globalThis as unknown as Platform;

/** As they were when this module was loaded: a test's fake timers must not stop what waits for Redis. */
const { setTimeout, clearTimeout, queueMicrotask, process } = platform;
const setImmediate = ifItWorks(platform.setImmediate);
const nextTickAtStart = ifItWorks(process?.nextTick?.bind(process));

/** In Next.js's edge runtime, Node's own functions are there and throw when they are called. */
function ifItWorks<Answer>(
  schedule: ((callback: () => void) => Answer) | undefined,
): ((callback: () => void) => Answer) | undefined {
  try {
    schedule?.(() => {});
    return schedule;
  } catch {
    return undefined;
  }
}

/** A module of Node's own; `undefined` elsewhere. */
export function builtinModule(name: string): unknown {
  try {
    return process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}

export const timers = {
  setTimeout: (callback: () => void, ms: number): Timer => setTimeout(callback, ms),
  clearTimeout: (timer: Timer): void => clearTimeout(timer),
  queueMicrotask: (callback: () => void): void => queueMicrotask(callback),
  setImmediate: setImmediate === undefined ? undefined : (callback: () => void): unknown => setImmediate(callback),
  nextTick: nextTickAtStart === undefined ? undefined : (callback: () => void): void => nextTickAtStart(callback),
};

/**
 * Cloudflare's isolates serve many visitors, and I/O belongs to the visitor it was begun for: only microtasks stay with
 * one. https://developers.cloudflare.com/workers/runtime-apis/web-standards/#navigatoruseragent
 */
export const microtasksOnly: boolean =
  setImmediate === undefined || platform.navigator?.userAgent === "Cloudflare-Workers";

const encoder = new platform.TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function base64url(bytes: Uint8Array): string {
  return platform
    .btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
