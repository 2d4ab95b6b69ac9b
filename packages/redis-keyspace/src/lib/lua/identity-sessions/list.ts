import { addValues } from "../atomic/list.js";
import { defineScript } from "../script.js";
import { adoptPointed, survey } from "./fragments.js";

// A server that takes no writes can still list and count.

/** Stored ids, the one that ends last first, and then as many values in the same order. */
export const list = defineScript({
  name: "identity-sessions list",
  keys: ["index", "pointer"],
  args: ["userId", "recordPrefix", "expiresAtField"],
  answers: { list: "listed" },
  checks: false,
  lua: `
${adoptPointed}
local legacy, legacyEnd = foreignPointed(pointer, userId)
pcall(adopt, legacy, index, legacyEnd)
local storedIds = call('ZREVRANGE', index, 0, -1)
local pointed = legacy and string.sub(legacy, #recordPrefix + 1)
if pointed and not call('ZSCORE', index, pointed) then storedIds[#storedIds + 1] = pointed end
${addValues}
return storedIds`,
});

/** How many of a user's records are live. */
export const count = defineScript({
  name: "identity-sessions count",
  keys: ["index", "pointer"],
  args: ["userId", "recordPrefix", "expiresAtField"],
  answers: { number: "counted" },
  checks: false,
  lua: `
${adoptPointed}
${survey}
local live, _, found = survey(index, (foreignPointed(pointer, userId)))
for _, pair in ipairs(found) do pcall(adopt, pair[1], index, pair[2]) end
return live`,
});
