import { leave } from "../fragments.js";
import { defineScript } from "../script.js";

/** Removes a record as the caller has read it. */
export const deleteExact = defineScript({
  name: "identity-sessions delete-exact",
  short: true,
  keys: ["record", "index", "pointer"],
  args: ["expected", "storedId"],
  answers: { 1: "deleted", 0: "conflict" },
  remembers: ["deleted"],
  lua: `
if call('GET', record) ~= expected then return 0 end
local last = call('GET', pointer)
${leave("index", "storedId")}
call('UNLINK', record)
if last == record then call('UNLINK', pointer) end
tell('revoked', storedId)
return 1`,
});
