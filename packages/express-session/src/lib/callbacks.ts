/** What express-session calls back with. */
export type Callback<Value = void> = (error?: unknown, value?: Value) => void;

/**
 * Answers by a callback where there is one, else as a promise. What a callback throws is nobody's rejection: it is thrown
 * on a turn of its own, as by every store that calls back.
 */
export function answer<Value>(work: Promise<Value>, callback: Callback<Value> | undefined): Promise<Value> | undefined {
  if (callback === undefined) return work;
  work.then(
    (value) => process.nextTick(callback, null, value),
    (error: unknown) => process.nextTick(callback, error),
  );
  return undefined;
}
