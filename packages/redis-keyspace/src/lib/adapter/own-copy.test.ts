import { expect, test } from "vitest";
import { ownCopy } from "./own-copy.js";

test("what is frozen is copied all through, and what is not is left as it is", () => {
  const end = new Date(0);
  const shared = Object.freeze({ list: Object.freeze([Object.freeze({ n: 1 })]), end });
  const copy = ownCopy<unknown>(shared) as { list: { n: number }[]; end: Date };
  expect(copy).toEqual(shared);
  copy.list.push({ n: 2 });
  copy.end.setTime(1);
  expect([shared.list.length, end.getTime()]).toEqual([1, 0]);
  const own = { list: [] };
  expect(ownCopy(own)).toBe(own);
});

test("a member named __proto__ stays a member", () => {
  const shared: unknown = Object.freeze(JSON.parse('{"__proto__":{"admin":true}}'));
  const copy = ownCopy(shared);
  expect(JSON.stringify(copy)).toBe('{"__proto__":{"admin":true}}');
  expect((copy as { admin?: boolean }).admin).toBeUndefined();
});
