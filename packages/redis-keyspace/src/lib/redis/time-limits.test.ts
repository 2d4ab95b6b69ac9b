import { expect, test, vi } from "vitest";
import { TimeLimits } from "./time-limits.js";

const waitedFor = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("what takes too long is told so in the order in which it began, and what has ended is not", async () => {
  const limits = new TimeLimits(30);
  const over: number[] = [];
  const begun = [1, 2, 3, 4, 5].map((n) => limits.begin(() => over.push(n)));
  for (const ended of [0, 2, 4]) begun[ended]?.end();
  begun[2]?.end();
  await vi.waitFor(() => expect(over).toEqual([2, 4]));
  limits.begin(() => over.push(6));
  await vi.waitFor(() => expect(over).toEqual([2, 4, 6]));
});

test("one that begins while another's time is over has its own", async () => {
  const limits = new TimeLimits(20);
  const over: string[] = [];
  limits.begin(() => {
    over.push("first");
    limits.begin(() => over.push("second"));
  });
  await vi.waitFor(() => expect(over).toEqual(["first", "second"]));
});

test("a process waits for what is under way, and for nothing else", () => {
  const limits = new TimeLimits(60_000);
  const before = waitedFor();
  const [one, other] = [limits.begin(() => {}), limits.begin(() => {})];
  expect(waitedFor()).toBe(before + 1);
  one.end();
  expect(waitedFor()).toBe(before + 1);
  other.end();
  expect(waitedFor()).toBe(before);
  const again = limits.begin(() => {});
  expect(waitedFor()).toBe(before + 1);
  again.end();
  expect(waitedFor()).toBe(before);
});
