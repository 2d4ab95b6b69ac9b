import { enter, leave, settle, time } from "../fragments.js";
import { defineScript } from "../script.js";
import { adoptPointed, measure } from "./fragments.js";

/** The former user's index is given where the user changes; a limit where the new one has one. */
export const update = defineScript({
  name: "identity-sessions update",
  short: true,
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
  answers: { 1: "updated", 0: "gone", [-1]: "limit", [-2]: "elapsed", text: "conflict" },
  remembers: ["updated"],
  lua: `
${adoptPointed}
${measure}
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
${time}
if tonumber(deadline) <= now then return -2 end
local legacy, legacyEnd = foreignPointed(pointer, userId, record)
local surplus, makeRoom = 0, nil
if not call('ZSCORE', index, storedId) and limit then surplus, makeRoom = measure(index, limit, legacy) end
if surplus > 0 and whenFull == 'reject' then return -1 end
if formerIndex then call('ZCARD', formerIndex) end
local before = call('PTTL', record)
call('SET', record, value, 'PXAT', deadline)
adopt(legacy, index, legacyEnd)
if makeRoom then makeRoom() end
if formerIndex then
  ${leave("formerIndex", "storedId")}
end
${enter("index", "storedId", "deadline", "record")}
if before - call('PTTL', record) > 50 then ${settle("index")} end
call('SET', pointer, record, 'PXAT', deadline)
tellChange(storedId)
tellMove(storedId)
return 1`,
});
