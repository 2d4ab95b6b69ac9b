import { enter, leave, settle, time } from "../fragments.js";
import { luaMerge } from "../json.js";
import { noLegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { adoptPointed, forgetMissing, unpoint } from "./fragments.js";
import { evictSurplus } from "./limit.js";

/**
 * Answers the record as it is now. A deadline and a user are given where they change, besides the members with them.
 */
export const patch = defineScript({
  name: "identity-sessions patch",
  keys: ["record"],
  args: [
    "storedId",
    "recordPrefix",
    "indexPrefix",
    "pointerPrefix",
    "expiresAtField",
    "deadline?",
    "newUserId?",
    "limit?",
    "whenFull?",
    "...changes",
  ],
  answers: { 0: "gone", [-1]: "limit", text: "patched" },
  lua: `
${adoptPointed}
${luaMerge}
local value, at, stop = get(record)
local formerUserId = text(value, at, '"userId"')
if not formerUserId or not adopt(record, indexPrefix .. formerUserId, value, at) then return 0 end
local merged = merge(value, at, stop, changes)
local userId = newUserId or formerUserId
local moves = userId ~= formerUserId
local index, pointer = indexPrefix .. userId, pointerPrefix .. userId
if moves and limit and not call('ZSCORE', index, storedId) then
  ${forgetMissing}
  adoptPointed(pointer, index, userId, record)
  forgetMissing(index, limit)
  local surplus = call('ZCARD', index) + 1 - limit
  if surplus > 0 and whenFull == 'reject' then return -1 end
  ${evictSurplus(noLegacySets)}
end
if not deadline then
  if not moves then
    call('SET', record, merged, 'KEEPTTL')
    return merged
  end
  ${time}
  deadline = string.format('%.0f', now + call('PTTL', record))
end
local before = call('PTTL', record)
call('SET', record, merged, 'PXAT', deadline)
if moves then
  local formerIndex, formerPointer = indexPrefix .. formerUserId, pointerPrefix .. formerUserId
  ${leave("formerIndex", "storedId")}
  ${unpoint("formerPointer", "record")}
end
adoptPointed(pointer, index, userId, record)
${enter("index", "storedId", "deadline", "record")}
if before > call('PTTL', record) then ${settle("index")} end
call('SET', pointer, record, 'PXAT', deadline)
return merged`,
});
