import { leave } from "../fragments.js";
import { defineScript } from "../script.js";
import { unpoint } from "./fragments.js";

/** Removes a record as the caller has read it. */
export const deleteExact = defineScript({
  name: "identity-sessions delete-exact",
  keys: ["record", "index", "pointer"],
  args: ["expected", "storedId"],
  answers: { 1: "deleted", 0: "conflict" },
  lua: `
if call('GET', record) ~= expected then return 0 end
call('UNLINK', record)
${leave("index", "storedId")}
${unpoint("pointer", "record")}
return 1`,
});
