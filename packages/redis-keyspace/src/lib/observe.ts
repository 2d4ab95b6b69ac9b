import { KeyspaceError } from "./errors.js";
import { platform } from "./runtime.js";

export type KeyKind = "session" | "user-sessions" | "user" | "link" | "token";

/** One operation that has ended. Never holds an id, a key or data. */
export interface Observation {
  /** The method: `get`, `create`, `deleteAll` … */
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
  const watched = { ...store } as Record<string, unknown>;
  for (const [operation, method] of Object.entries(store)) {
    if (operation === "all" || typeof method !== "function") continue;
    const keyKind = kind === "session" && ofUser.has(operation) ? "user-sessions" : kind;
    watched[operation] = async (...args: unknown[]): Promise<unknown> => {
      const start = platform.performance.now();
      const end = (outcome: string): void => {
        try {
          const durationMs = platform.performance.now() - start;
          const seen: unknown = observe({ operation, keyKind, durationMs, outcome });
          if (seen instanceof Promise) seen.catch(() => {});
        } catch {
          // A faulty observer must not fail the operation it watches.
        }
      };
      try {
        const answer: unknown = await method.apply(store, args);
        end(answer === null ? "absent" : "ok");
        return answer;
      } catch (error) {
        end(error instanceof KeyspaceError ? error.code : "error");
        throw error;
      }
    };
  }
  return watched as Store;
}
