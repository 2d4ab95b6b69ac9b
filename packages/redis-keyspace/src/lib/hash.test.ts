import { createHash } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { randomId, sha1Hex, sha256 } from "./hash.js";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

const expected = (algorithm: string, text: string) => createHash(algorithm).update(text);

test.each(["", "id", "é😀\u0000"])("the hash of %j, with Node's means and with the web's", async (text) => {
  expect(await sha256(text)).toBe(expected("sha256", text).digest("base64url"));
  expect(await sha1Hex(text)).toBe(expected("sha1", text).digest("hex"));
  vi.stubGlobal("process", undefined);
  vi.resetModules();
  const web = await import("./hash.js");
  const answer = web.sha256(text);
  expect(answer).toBeInstanceOf(Promise);
  expect(await answer).toBe(await sha256(text));
});

test("ids are 32 random characters, or as many as are wanted", () => {
  expect(randomId()).toMatch(/^[\w-]{32}$/);
  for (const length of [0, 1, 22, 43, 1023, 1024, 1025, 3000]) expect(randomId(length)).toHaveLength(length);
  expect(new Set(Array.from({ length: 1000 }, () => randomId())).size).toBe(1000);
});

test("each character of the alphabet comes as often as any other", () => {
  const counts = new Map<string, number>();
  for (const character of randomId(64_000)) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(counts.size).toBe(64);
  // Of 1,000 each, by more than six standard deviations: once in 10 million runs.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(190);
});
