import { enter, header, prune, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

/** What stays at the former id: `closed`, until `graceEnd`, or nothing. */
const leaveFormer = (sets: LegacySets): string => `
if closed then
  call('SET', record, closed, 'PXAT', graceEnd)
  if index then call('ZADD', index, graceEnd, storedId) end
else
  call('UNLINK', record)
  if index then
    call('ZREM', index, storedId)
    ${sets.forget("legacySet", "storedId")}
  end
end`;

/**
 * Gives a record with a header a new id. `unreadable`: it has no header, or one that Lua can't read; then see `move`.
 */
export const rotate = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}rotate`,
    keys: ["record", "newRecord"],
    args: ["storedId", "newStoredId", "indexPrefix", "graceMs", "legacyPrefix?"],
    answers: { 0: "gone", [-1]: "exists", text: "rotated", list: "unreadable" },
    lua: `
local value = call('GET', record)
if not value then return 0 end
local deadline, _, user = string.match(value, '^${header}"([^"\\\\]*)"')
if not user then
  deadline = string.match(value, '^${header}null,')
  if not deadline then return {value} end
end
${time}
if tonumber(deadline) <= now then return 0 end
if not call('SET', newRecord, value, 'NX', 'PXAT', deadline) then return -1 end
local index = user and indexPrefix .. user
${sets.only("local legacySet = user and legacyPrefix .. user")}
if index then
  ${enter("index", "newStoredId", "deadline", "newRecord", sets.unless(prune("index")))}
  ${sets.enter("legacySet", "index", "newStoredId", "newRecord")}
end
local closed, graceEnd
if graceMs ~= '0' then
  graceEnd = string.format('%.0f', math.min(now + graceMs, tonumber(deadline)))
  local header = '{"expiresAt":' .. graceEnd .. ',"endsAt":' .. graceEnd
  closed = string.gsub(value, '^{"expiresAt":%d+,"endsAt":%w+', header)
end
${leaveFormer(sets)}
return value`,
  });

/** The same for a record that the caller has read. The text `closed` stays under the former id until `graceEnd`. */
export const move = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}move`,
    keys: ["record", "newRecord", "index?", "legacySet?"],
    args: ["expected", "deadline", "storedId", "newStoredId", "closed?", "graceEnd?"],
    answers: { 1: "moved", 0: "conflict", [-1]: "exists" },
    lua: `
if call('GET', record) ~= expected then return 0 end
if not call('SET', newRecord, expected, 'NX', 'PXAT', deadline) then return -1 end
if index then
  ${enter("index", "newStoredId", "deadline", "newRecord")}
  ${sets.enter("legacySet", "index", "newStoredId", "newRecord")}
end
${leaveFormer(sets)}
return 1`,
  });
