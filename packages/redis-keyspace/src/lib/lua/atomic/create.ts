import { enter } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { countSurplus, evictSurplus } from "./limit.js";

export const create = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}create`,
    keys: ["record", "index?", "legacySet?"],
    args: ["value", "deadline", "storedId", "recordPrefix?", "limit?", "whenFull?"],
    answers: { 1: "created", 0: "exists", [-1]: "limit" },
    lua: `
local surplus = 0
if limit and index then
  ${countSurplus(sets)}
end
if not call('SET', record, value, 'NX', 'PXAT', deadline) then return 0 end
${evictSurplus(sets)}
if index then
  ${enter("index", "storedId", "deadline", "record", sets.prune("index", "legacySet", "recordPrefix"))}
  ${sets.enter("legacySet", "index", "storedId", "record")}
end
return 1`,
  });
