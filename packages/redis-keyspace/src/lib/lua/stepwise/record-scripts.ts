import { defineScript } from "../script.js";

// The stepwise execution uses the atomic scripts on records, without an index, and these.

/** How many ms a record has left; -1: it does not end; -2: there is none. */
export const remaining = defineScript({
  name: "remaining",
  keys: ["record"],
  args: [],
  answers: { number: "remaining" },
  lua: "return call('PTTL', record)",
});

/** Removes records that share a slot. Answers for each: 1, it was there; 0, it was not. */
export const unlink = defineScript({
  name: "unlink",
  keys: ["record", "...others"],
  args: [],
  answers: { list: "unlinked" },
  lua: `
local answer = {tostring(call('UNLINK', record))}
for i = 1, #others do answer[i + 1] = tostring(call('UNLINK', others[i])) end
return answer`,
});
