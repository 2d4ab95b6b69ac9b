import { afterEach, expect, test, vi } from "vitest";
import { SignInTries } from "../src/sign-in-tries.js";

afterEach(() => {
  vi.useRealTimers();
});

const wrong = (tries: SignInTries, count: number, email = "ada@example.com") => {
  for (let n = 0; n < count; n++) tries.addWrong(email);
  return tries.isBlocked(email);
};

test("ten wrong passwords block an address, and no other", () => {
  const tries = new SignInTries();
  expect(wrong(tries, 9)).toBe(false);
  expect(wrong(tries, 1)).toBe(true);
  expect(tries.isBlocked("bob@example.com")).toBe(false);
});

test("a right password, or ten minutes, end it", () => {
  vi.useFakeTimers();
  const tries = new SignInTries();
  wrong(tries, 10);
  vi.advanceTimersByTime(599_999);
  expect(tries.isBlocked("ada@example.com")).toBe(true);
  vi.advanceTimersByTime(1);
  expect(tries.isBlocked("ada@example.com")).toBe(false);
  wrong(tries, 10);
  tries.forget("ada@example.com");
  expect(tries.isBlocked("ada@example.com")).toBe(false);
});

test("many addresses do not fill the memory: the oldest is forgotten", () => {
  const tries = new SignInTries();
  wrong(tries, 10);
  for (let n = 0; n < 10_000; n++) tries.addWrong(`${n}@example.com`);
  expect(tries.isBlocked("ada@example.com")).toBe(false);
});
