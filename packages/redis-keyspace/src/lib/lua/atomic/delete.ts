import { owner } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

/**
 * Removes a record, and with `onlyUserId` only that user's. `unreadable`: what is there is no record, or one that Lua
 * can't read, and was left.
 */
export const deleteOne = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}delete`,
    keys: ["record"],
    args: ["storedId", "userIdField?", "onlyUserId?", "indexPrefix?", "legacyPrefix?"],
    answers: { 0: "gone", text: "deleted", list: "unreadable" },
    lua: `
local value = call('GET', record)
if not value then return 0 end
${owner("userIdField")}
if not user and (user == nil or not expires) then return {value} end
if onlyUserId and user ~= onlyUserId then return 0 end
call('UNLINK', record)
if user and indexPrefix then
  local index = indexPrefix .. user
  ${sets.only("local legacySet = legacyPrefix .. user")}
  ${sets.leave("index", "legacySet", "storedId")}
end
return value`,
  });

/** Removes a record if it is still what the caller has read. */
export const deleteExact = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}delete-exact`,
    keys: ["record", "index?", "legacySet?"],
    args: ["expected", "storedId"],
    answers: { 1: "deleted", 0: "conflict" },
    lua: `
if call('GET', record) ~= expected then return 0 end
call('UNLINK', record)
if index then
  ${sets.leave("index", "legacySet", "storedId")}
end
return 1`,
  });
