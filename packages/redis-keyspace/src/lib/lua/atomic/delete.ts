import { owner } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { endLinked, findLinked } from "./links.js";

/**
 * Removes a record, and with `onlyUserId` only that user's; where a rotation has left it another id, that one too. The
 * index is given where the caller knows the owner. `unreadable`: what is there is no record, or one that Lua can't
 * read, and was left.
 */
export const deleteOne = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}delete`,
    short: true,
    keys: ["record", "index?", "legacySet?"],
    args: [
      ...["storedId", "userIdField?", "onlyUserId?", "hasHeader?", "recordPrefix?"],
      ...["indexPrefix?", "legacyPrefix?"],
    ] as const,
    answers: { 0: "gone", text: "deleted", list: "unreadable" },
    remembers: ["deleted"],
    lua: `
local value = call('GET', record)
if not value then return 0 end
${owner("userIdField", "hasHeader")}
if not user and (user == nil or not expires) then return {value} end
if onlyUserId and user ~= onlyUserId then return 0 end
index = user and indexPrefix and indexPrefix .. user
${sets.only("legacySet = user and legacyPrefix and legacyPrefix .. user")}
if not indexPrefix then hasHeader = nil end
${findLinked("value", "storedId")}
${sets.only("if legacySet then call('SCARD', legacySet) end")}
${endLinked(sets, "revoked", "user")}
if index then
  ${sets.leave("index", "legacySet", "storedId", ["expires", "absolute"])}
end
call('UNLINK', record)
tell('revoked', storedId, user)
return value`,
  });

/** Removes a record if it is still what the caller has read. */
export const deleteExact = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}delete-exact`,
    short: true,
    keys: ["record", "index?", "legacySet?"],
    args: ["expected", "storedId", "hasHeader?", "recordPrefix?", "successor?"],
    answers: { 1: "deleted", 0: "conflict" },
    remembers: ["deleted"],
    lua: `
if call('GET', record) ~= expected then return 0 end
${findLinked("expected", "storedId")}
${sets.only("if legacySet then call('SCARD', legacySet) end")}
${endLinked(sets, "revoked")}
if index then
  ${sets.leave("index", "legacySet", "storedId")}
end
call('UNLINK', record)
tell(successor and 'rotated' or 'revoked', {storedId, successor})
return 1`,
  });
