import { outlive, settle, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { findRoom, makeRoom } from "./room.js";

/** Where neither the owner nor the deadline changes, the record's own TTL stays. */
const withSameHeader = `
if sameHeader then
  local entered = index and call('ZADD', index, deadline, storedId)
  call('SET', record, value, 'KEEPTTL')
  if entered == 1 then
    ${time}
    ${outlive("index", "deadline")}
  end
  tellChange(storedId)
  return 1
end`;

/**
 * Replaces a record if it is still what the caller has read. `sameHeader` is given if owner and ends stay as they are,
 * `formerIndex` if the owner changes, `limit` if the new owner has one. `elapsed`: its end has passed by Redis's clock. `unsettled`: see `findRoom`.
 */
export const update = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}update`,
    short: true,
    keys: ["record", "index?", "formerIndex?", "legacySet?", "formerLegacySet?"],
    args: [
      ...["expected", "value", "deadline", "storedId", "sameHeader?", "recordPrefix?"],
      ...["limit?", "whenFull?", "sendBefore?", "hasHeader?", "hashed?", "judge?", "...uncounted"],
    ] as const,
    answers: { 1: "updated", 0: "gone", [-1]: "limit", [-2]: "elapsed", text: "conflict", list: "unsettled" },
    remembers: ["updated"],
    lua: `
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
${sets.unless(withSameHeader)}
${time}
if tonumber(deadline) <= now then return -2 end
local victims, ghosts = {}, {}
if limit and not call('ZSCORE', index, storedId) then
  ${findRoom(sets)}
end
local before = call('PTTL', record)
if formerIndex then call('ZCARD', formerIndex) end
${sets.only(`if legacySet then call('SCARD', legacySet) end
if formerLegacySet then call('SCARD', formerLegacySet) end`)}
if index then call('ZADD', index, deadline, storedId) end
call('SET', record, value, 'PXAT', deadline)
if limit then
  ${makeRoom(sets)}
end
if formerIndex then
  ${sets.leave("formerIndex", "formerLegacySet", "storedId")}
end
if index then
  ${outlive("index", "deadline")}
  if now + before > tonumber(deadline) + 50 then ${settle("index")} end
  ${sets.enter("legacySet", "index", "storedId", "record")}
end
tellChange(storedId)
tellMove(storedId)
return 1`,
  });
