import { pack, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { countAll } from "./room.js";

/** Adds to `storedIds` what is stored under each, in their order; nothing where there is no record. */
export const addValues = `
local number = #storedIds
for from = 1, number, 1000 do
  local keys = {}
  for i = from, math.min(from + 999, number) do keys[i - from + 1] = recordPrefix .. storedIds[i] end
  local values = call('MGET', unpack(keys))
  for i = 1, #keys do storedIds[number + from + i - 1] = values[i] end
end`;

/**
 * Stored ids, the one that ends last first and those that only the set has at the end, and then as many values in the
 * same order. `long`: there are more members than `most`.
 */
export const list = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}list`,
    keys: ["index", "legacySet?"],
    args: ["recordPrefix", "most"],
    answers: { list: "listed", 0: "long" },
    lua: `
if call('ZCARD', index)${sets.only(" + call('SCARD', legacySet)")} > tonumber(most) then return 0 end
local storedIds = call('ZREVRANGEBYSCORE', index, '+inf', '0')
${sets.only("for _, id in ipairs(call('SMEMBERS', legacySet)) do storedIds[#storedIds + 1] = id end")}
${addValues}
return storedIds`,
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
