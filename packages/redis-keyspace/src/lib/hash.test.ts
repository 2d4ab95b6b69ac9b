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

test("ids are 43 random characters", () => {
  expect(randomId()).toMatch(/^[\w-]{43}$/);
  expect(new Set(Array.from({ length: 1000 }, randomId)).size).toBe(1000);
});
