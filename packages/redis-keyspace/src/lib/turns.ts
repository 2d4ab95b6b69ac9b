import { microtasksOnly, timers } from "./runtime.js";

/** How many records are read in one turn of the event loop: a few milliseconds' worth. */
const RECORDS_A_TURN = 500;

/** After every so many records, lets everything else in this process go first. Nothing to wait for otherwise. */
export function turnAfter(done: number): Promise<void> | undefined {
  return done > 0 && done % RECORDS_A_TURN === 0 ? nextTurn() : undefined;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (microtasksOnly || timers.setImmediate === undefined) timers.setTimeout(resolve, 0);
    else timers.setImmediate(resolve);
  });
}

/** After all that the sockets delivered in this turn has run. Where that can't be known: after the microtasks. */
export const endOfTurn: (callback: () => void) => void = microtasksOnly
  ? (callback) => timers.queueMicrotask(() => timers.queueMicrotask(callback))
  : (callback) => {
      timers.setImmediate?.(callback);
    };

/** After the current microtasks. What has nothing else under way does not wait for the sockets. */
export const soon: (callback: () => void) => void =
  microtasksOnly || timers.nextTick === undefined ? endOfTurn : timers.nextTick;

/**
 * Where the event loop was blocked, answers lie in the sockets when a timer fires: they are read first, which takes more
 * than one turn for those of `fetch`.
 */
export function afterArrivals(callback: () => void): void {
  const { setImmediate = (next: () => void) => timers.setTimeout(next, 0) } = timers;
  setImmediate(() => timers.setTimeout(() => setImmediate(() => setImmediate(callback)), 1));
}
