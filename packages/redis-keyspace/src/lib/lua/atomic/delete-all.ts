import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

/**
 * Removes all records in the index but `except`, and the index with them. Sets `deleted`: how many there were. Leaves
 * the function `unlink` for more.
 */
export const deleteIndexed = `
local kept = except and call('ZSCORE', index, except)
local deleted = 0
local function unlink(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do
      if storedIds[i] ~= except then keys[#keys + 1] = recordPrefix .. storedIds[i] end
    end
    if #keys > 0 then deleted = deleted + call('UNLINK', unpack(keys)) end
  end
end
unlink(call('ZRANGE', index, 0, -1))
call('UNLINK', index)
if kept then
  call('ZADD', index, kept, except)
  call('PEXPIREAT', index, string.format('%.0f', kept))
end`;

/** Removes all of a user's records but `except`; answers how many there were. */
export const deleteAll = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}delete-all`,
    keys: ["index", "legacySet?"],
    args: ["recordPrefix", "except?"],
    answers: { number: "deleted" },
    lua: `
${deleteIndexed}
${sets.only(`
local ttl = call('PTTL', legacySet)
local keptInSet = except and call('SISMEMBER', legacySet, except) == 1
unlink(call('SMEMBERS', legacySet))
call('UNLINK', legacySet)
if keptInSet then
  call('SADD', legacySet, except)
  local ms = string.format('%.0f', ttl)
  if ttl > 0 then call('PEXPIRE', legacySet, ms) end
  if ttl > call('PTTL', index) then call('PEXPIRE', index, ms) end
end`)}
return deleted`,
  });
