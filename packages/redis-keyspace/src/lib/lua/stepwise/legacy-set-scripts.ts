import { pack } from "../fragments.js";
import { defineScript } from "../script.js";

// A legacy package's set of a user's session ids, as a key by itself.

export const addToSet = defineScript({
  name: "legacy-set-add",
  short: true,
  keys: ["legacySet"],
  args: ["storedId", "lifetimeMs"],
  answers: { 1: "done" },
  lua: `
call('SADD', legacySet, storedId)
if call('PTTL', legacySet) < tonumber(lifetimeMs) then call('PEXPIRE', legacySet, lifetimeMs) end
return 1`,
});

export const removeFromSet = defineScript({
  name: "legacy-set-remove",
  keys: ["legacySet"],
  args: ["...storedIds"],
  answers: { 1: "done" },
  lua: `
for i = 1, #storedIds do call('SREM', legacySet, storedIds[i]) end
return 1`,
});

/** Packed. */
export const membersOfSet = defineScript({
  name: "legacy-set-members",
  keys: ["legacySet"],
  args: [],
  answers: { list: "listed" },
  lua: `
${pack}
local found = {}
pack(found, call('SMEMBERS', legacySet))
return found`,
});
