import { KeyspaceError, type KeyspaceErrorCode } from "../redis/errors.js";
import { timers } from "../runtime.js";

// As much of an assertion library as the kit needs, so that it brings none along.

export function equal(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${shortened(wanted)}, got ${shortened(got)}`);
}

function shortened(json: string | undefined): string {
  return String(json).slice(0, 500);
}

export function ok(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`expected: ${what}`);
}

export async function rejects(
  promise: Promise<unknown>,
  code: KeyspaceErrorCode,
  what: string,
): Promise<KeyspaceError> {
  try {
    await promise;
  } catch (error) {
    ok(error instanceof KeyspaceError, `${what} throws a KeyspaceError, not ${String(error)}`);
    equal(error.code, code, what);
    return error;
  }
  throw new Error(`${what}: expected ${code}, but it succeeded`);
}

/** `undefined` instead of a refusal that a race may end in. */
export async function unlessRefused<Value>(
  promise: Promise<Value>,
  ...codes: KeyspaceErrorCode[]
): Promise<Value | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof KeyspaceError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** Waits, for five seconds at most, until a condition holds. */
export async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 5000;
  for (let pauseMs = 1; !(await condition()); pauseMs = Math.min(pauseMs * 2, 8)) {
    if (Date.now() > end) throw new Error(`expected within 5 s: ${what}`);
    // A condition that waits for nothing would keep what it waits for from happening.
    await new Promise<void>((resolve) => timers.setTimeout(resolve, pauseMs));
  }
}

/** Runs in a process whose clock is so many milliseconds ahead of what it was; behind, if negative. */
export async function withClock(aheadMs: number, run: () => Promise<void>): Promise<void> {
  const now = Date.now;
  Date.now = () => now() + aheadMs;
  try {
    await run();
  } finally {
    Date.now = now;
  }
}
