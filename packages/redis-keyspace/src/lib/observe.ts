import { KeyspaceError } from "./redis/errors.js";
import { platform } from "./runtime.js";

export type KeyKind = "session" | "user-sessions" | "user" | "link" | "token";

/** One operation that has ended. Never holds an id, a key or data. */
export interface Observation {
  /**
   * The method: `get`, `create`, `deleteAll` … Once `topology`, with the outcome `stepwise`, if the server refused one
   * script for several keys and the store has gone over to one key a step.
   */
  readonly operation: string;
  /** The model whose key it starts from. */
  readonly keyKind: KeyKind;
  readonly durationMs: number;
  /** `ok`; `absent` where the answer was `null`; else the error's code, or `error` for anything that is not ours. */
  readonly outcome: string;
}

/** Called after each operation. What it throws is ignored. */
export type Observe = (observation: Observation) => void;

const ofUser: ReadonlySet<string> = new Set(["list", "deleteAll", "count"]);

/** The same store, watched. `all` is not: it is as long as its reader makes it. */
export function observed<Store extends object>(store: Store, observe: Observe, kind: KeyKind = "session"): Store {
  const watched = Object.create(Object.getPrototypeOf(store)) as Record<string, unknown>;
  for (const [operation, method] of methodsOf(store)) {
    const keyKind = kind === "session" && ofUser.has(operation) ? "user-sessions" : kind;
    const bound = method.bind(store);
    watched[operation] = operation === "all" ? bound : watchedMethod(bound, observe, { operation, keyKind });
  }
  return watched as Store;
}

/** A faulty observer must not fail what it watches. */
export function tell(observe: Observe | undefined, observation: Observation): void {
  try {
    const seen: unknown = observe?.(observation);
    if (seen instanceof Promise) seen.catch(() => {});
  } catch {
    // See above.
  }
}

type Method = (...args: unknown[]) => unknown;

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

function watchedMethod(method: Method, observe: Observe, about: Pick<Observation, "operation" | "keyKind">): Method {
  return async (...args) => {
    const start = platform.performance.now();
    const end = (outcome: string): void =>
      tell(observe, { ...about, durationMs: platform.performance.now() - start, outcome });
    try {
      const answer: unknown = await method(...args);
      end(answer === null ? "absent" : "ok");
      return answer;
    } catch (error) {
      end(error instanceof KeyspaceError ? error.code : "error");
      throw error;
    }
  };
}
