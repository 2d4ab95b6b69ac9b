import { settle } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { findLinked } from "./links.js";

const keepLinked = `local text = call('GET', recordPrefix .. id)
  if text then
    ${findLinked("text", "id")}
    for _, other in ipairs(linked) do kept[other] = true end
  end`;

/**
 * Removes all records in the index but `except` and what is the same session. Sets `deleted`: how many sessions there
 * were. Leaves the function `unlink` for more, `kept`: which stored ids stay, and `keeps`: whether any may.
 */
export const deleteIndexed = (hasLinks: boolean): string => `
local kept, keeps = {}, #except > 0
for _, id in ipairs(except) do
  kept[id] = true
  ${hasLinks ? keepLinked : ""}
end
local deleted = 0
local function unlink(storedIds, leave, counts)
  for from = 1, #storedIds, 1000 do
    local ids, keys = {}, {}
    for i = from, math.min(from + 999, #storedIds) do
      if not kept[storedIds[i]] then
        ids[#ids + 1] = storedIds[i]
        keys[#keys + 1] = recordPrefix .. storedIds[i]
      end
    end
    if #keys > 0 then
      tellThere('revoked', counts and ids or {}, keys)
      local number = call('UNLINK', unpack(keys))
      if counts then deleted = deleted + number end
      if keeps then leave(ids) end
    end
  end
end
do
  local function leave(ids) call('ZREM', index, unpack(ids)) end
  unlink(call('ZRANGEBYSCORE', index, '0', '+inf'), leave, true)
  unlink(call('ZRANGEBYSCORE', index, '-inf', '(0'), leave, false)
  if not keeps then call('UNLINK', index) end
end`;

/** Removes all of a user's records but `except`; answers how many sessions there were. */
export const deleteAll = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}delete-all`,
    keys: ["index", "legacySet?"],
    args: ["recordPrefix", "hasHeader?", "...except"],
    answers: { number: "deleted" },
    remembers: ["deleted"],
    lua: `
${sets.only("local ofSet = call('SMEMBERS', legacySet)")}
${deleteIndexed(true)}
${sets.unless(`if keeps then ${settle("index")} end`)}
${sets.only(`unlink(ofSet, function(ids) call('SREM', legacySet, unpack(ids)) end, true)
if not keeps then call('UNLINK', legacySet) end`)}
return deleted`,
  });
