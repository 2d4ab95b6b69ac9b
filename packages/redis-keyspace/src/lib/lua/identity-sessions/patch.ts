import { enter, leave, settle, time } from "../fragments.js";
import { luaMerge } from "../json.js";
import { defineScript } from "../script.js";
import { adoptPointed, measure } from "./fragments.js";

/**
 * Answers the record as it is now. A deadline and a user are given where they change, besides the members with them.
 */
export const patch = defineScript({
  name: "identity-sessions patch",
  short: true,
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
  answers: { 0: "gone", [-1]: "limit", [-2]: "elapsed", text: "patched" },
  remembers: ["patched"],
  lua: `
${adoptPointed}
${measure}
${luaMerge}
local value, at, stop = get(record)
local formerUserId = text(value, at, '"userId"')
if not formerUserId then return 0 end
local formerIndex, formerPointer = indexPrefix .. formerUserId, pointerPrefix .. formerUserId
local ownEnd = foreign(record, value, at)
call('ZCARD', formerIndex)
${time}
if ownEnd and ownEnd <= now then
  adopt(record, formerIndex, ownEnd)
  return 0
end
if deadline and tonumber(deadline) <= now then return -2 end
local merged = merge(value, at, stop, changes)
local userId = newUserId or formerUserId
local moves = userId ~= formerUserId
if not deadline and not moves then
  call('SET', record, merged, 'KEEPTTL')
  adopt(record, formerIndex, ownEnd)
  tellChange(storedId, userId, userId)
  return merged
end
local index, pointer = indexPrefix .. userId, pointerPrefix .. userId
local lastOfFormer = call('GET', formerPointer)
local legacy, legacyEnd = foreignPointed(pointer, userId, record)
local surplus, makeRoom = 0, nil
if not call('ZSCORE', index, storedId) and moves and limit then
  surplus, makeRoom = measure(index, limit, legacy)
end
if surplus > 0 and whenFull == 'reject' then return -1 end
local before = call('PTTL', record)
deadline = deadline or string.format('%.0f', ownEnd or now + before)
call('SET', record, merged, 'PXAT', deadline)
adopt(legacy, index, legacyEnd)
if makeRoom then makeRoom() end
if moves then
  ${leave("formerIndex", "storedId")}
  if lastOfFormer == record then call('UNLINK', formerPointer) end
end
${enter("index", "storedId", "deadline", "record")}
if before > call('PTTL', record) then ${settle("index")} end
call('SET', pointer, record, 'PXAT', deadline)
tellChange(storedId, formerUserId, userId)
tellMove(storedId, formerUserId, userId)
return merged`,
});
