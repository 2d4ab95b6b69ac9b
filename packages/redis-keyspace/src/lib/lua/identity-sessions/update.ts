import { enter, leave, settle } from "../fragments.js";
import { noLegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { adoptPointed, forgetMissing } from "./fragments.js";
import { countSurplus, evictSurplus } from "./limit.js";

/** The former user's index is given where the user changes; a limit where the new one has one. */
export const update = defineScript({
  name: "identity-sessions update",
  keys: ["record", "index", "pointer", "formerIndex?"],
  args: [
    "expected",
    "value",
    "deadline",
    "storedId",
    "userId",
    "recordPrefix",
    "expiresAtField",
    "limit?",
    "whenFull?",
  ],
  answers: { 1: "updated", 0: "gone", [-1]: "limit", text: "conflict" },
  lua: `
${adoptPointed}
adoptPointed(pointer, index, userId, record)
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
local surplus = 0
if limit and not call('ZSCORE', index, storedId) then
  ${forgetMissing}
  forgetMissing(index, limit)
  ${countSurplus(noLegacySets)}
end
${evictSurplus(noLegacySets)}
local before = call('PTTL', record)
call('SET', record, value, 'PXAT', deadline)
if formerIndex then
  ${leave("formerIndex", "storedId")}
end
${enter("index", "storedId", "deadline", "record")}
if before - call('PTTL', record) > 50 then ${settle("index")} end
call('SET', pointer, record, 'PXAT', deadline)
return 1`,
});
