// Deadlines are absolute epoch milliseconds inside this package and `Date` at its edges. They are converted here, once.

/** Longer lives are shortened to this: no key lives for ever. Ten years. */
export const MAX_LIFETIME_MS: number = 10 * 365 * 24 * 60 * 60 * 1000;

/**
 * Epoch milliseconds of an instant. What is no instant (`NaN`, negative, zero) is 0, that is: already elapsed.
 * `Infinity` and the far future become now plus ten years.
 */
export function toDeadline(instant: Date | number): number {
  const ms = typeof instant === "number" ? instant : instant.getTime();
  if (Number.isNaN(ms) || ms <= 0) return 0;
  return Math.floor(Math.min(ms, Date.now() + MAX_LIFETIME_MS));
}

/** A deadline that is now has elapsed. */
export function hasElapsed(deadline: number): boolean {
  return deadline <= Date.now();
}
