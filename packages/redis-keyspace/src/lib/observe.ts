import { checkFunction, checkKnown } from "./options.js";
import { KeyspaceError } from "./redis/errors.js";
import { platform } from "./runtime.js";

export type KeyKind = "session" | "user-sessions" | "user" | "link" | "token" | "value";

/** One operation that has ended. Never holds an id, a key or data. */
export interface Observation {
  /** The method: `get`, `create`, `deleteAll` … */
  readonly operation: string;
  /** The model whose key it starts from. */
  readonly keyKind: KeyKind;
  readonly durationMs: number;
  /** `ok`; `absent` where the answer was `null`; else the error's code, or `error` for anything that is not ours. */
  readonly outcome: string;
  /** The client's driver: `node-redis`, `ioredis`, `upstash`, `memory`, or a driver's own name. */
  readonly driver: string;
  /** Whether one script uses a record and its index, or one key a step. See the option `topology`. */
  readonly topology: Topology;
}

export type Topology = "atomic" | "stepwise";

/**
 * Something that happened under way. Never holds an id, a key or data.
 *
 * - `batch`: so many reads were made in one turn and went out as one command.
 * - `retry`: another writer came first, and a change is tried again.
 * - `script-load`: the server did not know a script, and it was sent as source.
 * - `topology`: the server refused one script for several keys; from now on it is one key a step.
 * - `stream`: the store's stream hears everything from now on (`up`), or does not (`down`), and then caches are off.
 *   `code`: of the `KeyspaceError` that says why.
 * - `unseal`: a record could not be opened, and is no session: it was sealed with a key that the codec does not know
 *   (`unknown-key`), or is damaged, forged or another's (`refused`).
 */
export type Incident =
  | { readonly kind: "batch"; readonly reads: number }
  | { readonly kind: "retry" }
  | { readonly kind: "script-load"; readonly script: string }
  | { readonly kind: "topology"; readonly topology: "stepwise" }
  | { readonly kind: "stream"; readonly state: "up" | "down"; readonly code?: string | undefined }
  | { readonly kind: "unseal"; readonly outcome: "unknown-key" | "refused" };

/** Called after each operation. What it throws is ignored. */
export type Observe = (observation: Observation) => void;

/** The same, and told of what happens under way. What these throw is ignored. */
export interface Observer {
  readonly operation?: Observe | undefined;
  readonly incident?: ((incident: Incident) => void) | undefined;
}

/** @throws {TypeError} naming the option. */
export function checkObserver(name: string, observe: Observe | Observer): void {
  if (typeof observe === "function") return;
  if (typeof observe !== "object" || observe === null) {
    throw new TypeError(`option "${name}" must be a function or an object`);
  }
  checkKnown(observe, ["operation", "incident"], name);
  for (const member of ["operation", "incident"] as const) {
    if (observe[member] !== undefined) checkFunction(`${name}.${member}`, observe[member]);
  }
}

/** The same observer, which cannot fail what it watches. */
export function observer(observe: Observe | Observer | undefined): Observer {
  if (observe === undefined) return {};
  if (typeof observe === "function") return { operation: harmless(observe) };
  return {
    operation: observe.operation && harmless((seen) => observe.operation?.(seen)),
    incident: observe.incident && harmless((seen) => observe.incident?.(seen)),
  };
}

function harmless<Seen>(tell: (seen: Seen) => unknown): (seen: Seen) => void {
  return (seen) => {
    try {
      const told = tell(seen);
      if (told instanceof Promise) told.catch(() => {});
    } catch {
      // An observer's own affair.
    }
  };
}

const ofUser: ReadonlySet<string> = new Set(["list", "deleteAll", "count"]);

/** They are as long as their reader makes them, or answer at once. */
const unwatched: ReadonlySet<string> = new Set(["all", "names", "watch", "watchUser", "onEvent"]);

/** What all observations of a store have in common. */
export interface Observed {
  readonly keyKind: KeyKind;
  readonly driver: string;
  topology(): Topology;
}

/** The same store, watched. */
export function observed<Store extends object>(store: Store, observe: Observe, about: Observed): Store {
  const watched = Object.create(Object.getPrototypeOf(store)) as Record<string, unknown>;
  for (const [operation, method] of methodsOf(store)) {
    const keyKind = about.keyKind === "session" && ofUser.has(operation) ? "user-sessions" : about.keyKind;
    const bound = method.bind(store);
    watched[operation] = unwatched.has(operation)
      ? bound
      : watchedMethod(bound, operation, observe, { ...about, keyKind });
  }
  return watched as Store;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** Those of an object or of an instance of a class, each once. */
function methodsOf(store: object): Map<string, Method> {
  const methods = new Map<string, Method>();
  for (let level: object = store; level !== Object.prototype; level = Object.getPrototypeOf(level) as object) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (name !== "constructor" && typeof value === "function" && !methods.has(name))
        methods.set(name, value as Method);
    }
  }
  return methods;
}

function watchedMethod(
  method: Method,
  operation: string,
  observe: Observe,
  { keyKind, driver, topology }: Observed,
): Method {
  // No promise of its own: what the caller waits for is the method's.
  return (...args) => {
    const start = platform.performance.now();
    const end = (outcome: string): void => {
      const durationMs = platform.performance.now() - start;
      observe({ operation, keyKind, durationMs, outcome, driver, topology: topology() });
    };
    const answered = method(...args);
    answered.then(
      (answer) => end(answer === null ? "absent" : "ok"),
      (error) => end(error instanceof KeyspaceError ? error.code : "error"),
    );
    return answered;
  };
}
