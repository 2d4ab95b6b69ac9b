import { enter, header, settle, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

/**
 * For a record with a header, however long: reads the header and writes the 13 digits of the deadline in it.
 * `unreadable`: it has no header, or one that Lua can't read, so the caller has to replace the whole record.
 */
export const touch = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}touch`,
    keys: ["record"],
    args: ["deadline", "storedId", "indexPrefix", "legacyPrefix?"],
    answers: { 0: "gone", number: "touched", text: "unreadable" },
    lua: `
local expires, ends, user = string.match(call('GETRANGE', record, 0, 255), '^${header}"([^"\\\\]*)"')
if not user then
  local value = call('GET', record)
  if not value then return 0 end
  expires, ends = string.match(value, '^${header}null,')
  if not expires then return value end
end
if ends ~= 'null' and tonumber(ends) < tonumber(deadline) then deadline = ends end
if #expires ~= 13 or #deadline ~= 13 then return call('GET', record) end
if call('PTTL', record) == -1 then
  ${time}
  if tonumber(expires) <= now then return 0 end
end
call('SETRANGE', record, 13, deadline)
call('PEXPIREAT', record, deadline)
if user then
  local index = indexPrefix .. user
  ${enter("index", "storedId", "deadline", "record")}
  if tonumber(expires) > tonumber(deadline) then ${settle("index")} end
  ${sets.only(`local legacySet = legacyPrefix .. user
  ${sets.enter("legacySet", "index", "storedId", "record")}`)}
end
return tonumber(deadline)`,
  });
