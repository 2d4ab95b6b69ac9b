import { pack, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { countAll } from "./room.js";

/** Sets `found`, and `collect(storedIds)`, which adds those that have a record to it, each followed by its value. */
export const collect = `
local found = {}
local function collect(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    for i, value in ipairs(call('MGET', unpack(keys))) do
      if value then
        found[#found + 1] = storedIds[from + i - 1]
        found[#found + 1] = value
      end
    end
  end
end`;

/**
 * Stored id, value, stored id, value …, the one that ends last first and those that only the set has at the end; a
 * member without a record has no place here. `long`: there are more members than `most`.
 */
export const list = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}list`,
    keys: ["index", "legacySet?"],
    args: ["recordPrefix", "most"],
    answers: { list: "listed", 0: "long" },
    lua: `
if call('ZCARD', index)${sets.only(" + call('SCARD', legacySet)")} > tonumber(most) then return 0 end
${collect}
collect(call('ZREVRANGEBYSCORE', index, '+inf', '0'))
${sets.only("collect(call('SMEMBERS', legacySet))")}
return found`,
  });

/**
 * The members of `list` alone, for one that is too long for one answer; with a set, one may come twice.
 */
export const listIds = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}list-ids`,
    keys: ["index", "legacySet?"],
    args: [],
    answers: { list: "listed" },
    lua: `
${pack}
local found = {}
pack(found, call('ZREVRANGEBYSCORE', index, '+inf', '0'))
${sets.only("pack(found, call('SMEMBERS', legacySet))")}
return found`,
  });

/** How many of a user's records are there and are sessions. */
export const count = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}count`,
    keys: ["index", "legacySet?"],
    args: ["recordPrefix", "hasHeader?", "hashed?"],
    answers: { number: "counted" },
    lua: `
${time}
${countAll(sets)}
return counted`,
  });
