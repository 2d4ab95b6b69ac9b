import { enter, prune } from "../fragments.js";
import { noLegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { adoptPointed, forgetMissing } from "./fragments.js";
import { countSurplus, evictSurplus } from "./limit.js";

/** `revoked`: the user is gone. */
export const create = defineScript({
  name: "identity-sessions create",
  keys: ["record", "index", "pointer", "user"],
  args: ["value", "deadline", "storedId", "userId", "recordPrefix", "expiresAtField", "limit?", "whenFull?"],
  answers: { 1: "created", 0: "exists", [-1]: "limit", [-2]: "revoked" },
  lua: `
${adoptPointed}
if call('EXISTS', user) == 0 then return -2 end
adoptPointed(pointer, index, userId)
local surplus = 0
if limit then
  ${forgetMissing}
  forgetMissing(index, limit)
  ${countSurplus(noLegacySets)}
end
if not call('SET', record, value, 'NX', 'PXAT', deadline) then return 0 end
${evictSurplus(noLegacySets)}
${enter("index", "storedId", "deadline", "record", prune("index"))}
call('SET', pointer, record, 'PXAT', deadline)
return 1`,
});
