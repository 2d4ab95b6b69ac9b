import { expect, test } from "vitest";
import { groupByNode, hashSlot } from "./key-slot.js";

// https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model and CLUSTER KEYSLOT
test.each([
  ["123456789", 12739],
  ["", 0],
  ["foo", 12182],
  ["{user1000}.following", 3443],
  ["{user1000}.followers", 3443],
  ["foo{}{bar}", 8363],
])("the slot of %j", (key, slot) => {
  expect(hashSlot(key)).toBe(slot);
});

test("keys are grouped by the node of their slot", () => {
  const groups = groupByNode(["{a}1", "{b}1", "{a}2"], "", (slot) => (slot === hashSlot("a") ? "one" : "two"));
  expect(groups).toEqual([
    { node: "one", positions: [0, 2] },
    { node: "two", positions: [1] },
  ]);
});
