import { enter, settle } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { countSurplus, evictSurplus } from "./limit.js";

/** `formerIndex` is given if the owner changes, `limit` if the new owner has one. */
export const update = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}update`,
    keys: ["record", "index?", "formerIndex?", "legacySet?", "formerLegacySet?"],
    args: ["expected", "value", "deadline", "storedId", "recordPrefix?", "limit?", "whenFull?"],
    answers: { 1: "updated", 0: "gone", [-1]: "limit", text: "conflict" },
    lua: `
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
local surplus = 0
if limit and not call('ZSCORE', index, storedId) then
  ${countSurplus(sets)}
end
${evictSurplus(sets)}
local before = call('PTTL', record)
call('SET', record, value, 'PXAT', deadline)
if formerIndex then
  ${sets.leave("formerIndex", "formerLegacySet", "storedId")}
end
if index then
  ${enter("index", "storedId", "deadline", "record")}
  if before - call('PTTL', record) > 50 then ${settle("index")} end
  ${sets.enter("legacySet", "index", "storedId", "record")}
end
return 1`,
  });
