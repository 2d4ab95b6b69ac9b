import { expect, test } from "vitest";
import { hasElapsed, MAX_LIFETIME_MS, toDeadline } from "./expiry.js";

test.each([Number.NaN, 0, -1, Number.NEGATIVE_INFINITY, new Date(Number.NaN), new Date(0)])(
  "%s has elapsed",
  (instant) => {
    expect(toDeadline(instant)).toBe(0);
    expect(hasElapsed(toDeadline(instant))).toBe(true);
  },
);

test("an instant is kept in whole milliseconds, and ten years are the most", () => {
  const soon = Date.now() + 1000;
  expect(toDeadline(new Date(soon))).toBe(soon);
  expect(toDeadline(soon + 0.7)).toBe(soon);
  for (const far of [Number.POSITIVE_INFINITY, 8.64e15, Number.MAX_VALUE]) {
    expect(toDeadline(far)).toBeLessThanOrEqual(Date.now() + MAX_LIFETIME_MS);
    expect(hasElapsed(toDeadline(far))).toBe(false);
  }
});
