import { expect, test } from "vitest";
import { isOperationKey, newOperationKey } from "./operation-keys.js";
import { hashSlot } from "./redis/key-slot.js";

test.each([
  ["session:a", ""],
  ["session:a", "mine:"],
  ["{app}:session:a", ""],
  ["session:a{b}", "mine:"],
  ["session:a", "{mine}:"],
  ["user-sessions:ada:operation:of-a-kind", ""],
])("an operation's key begins with the key %j of the client's prefix %j and shares its slot", (key, keyPrefix) => {
  const operation = newOperationKey(key, keyPrefix) as string;
  expect(operation.startsWith(key)).toBe(true);
  expect(hashSlot(keyPrefix + operation)).toBe(hashSlot(keyPrefix + key));
  expect(isOperationKey(operation)).toBe(true);
  expect(isOperationKey(key)).toBe(false);
  expect(newOperationKey(key, keyPrefix)).not.toBe(operation);
});

test.each([["a{b"], ["a}b"], ["a{}b"], ["}{"]])("there is none for the key %j, whose braces are no hash tag", (key) => {
  expect(newOperationKey(key, "")).toBeNull();
});
