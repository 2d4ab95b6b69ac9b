import { header, outlive, settle, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

/**
 * For a record with a header, however long: reads the header and writes the 13 digits of the deadline in it, which
 * tells how long ago it was used; it ends no later than its absolute end. The index
 * is given where the caller knows the owner. `elapsed`: that deadline has passed by Redis's clock. `unreadable`: the
 * record has no header, or one that Lua can't read, so the caller has to replace the whole record.
 */
export const touch = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}touch`,
    short: true,
    keys: ["record", "index?", "legacySet?"],
    args: ["deadline", "storedId", "indexPrefix", "legacyPrefix?"],
    answers: { 0: "gone", [-2]: "elapsed", number: "touched", text: "unreadable" },
    lua: `
local head = call('GETRANGE', record, '0', '255')
local expires, ends, user, at = string.match(head, '^${header}"([^"\\\\]*)"()')
if not user then
  local value = call('GET', record)
  if not value then return 0 end
  expires, ends, at = string.match(value, '^${header}null()')
  if not expires then return value end
end
${time}
local before = ends == 'null' and tonumber(expires) or math.min(tonumber(expires), tonumber(ends))
if before <= now then return 0 end
if string.find(head, '^,"successor"', at) then return before end
if #expires ~= 13 or #deadline ~= 13 then return call('GET', record) end
local stop = ends ~= 'null' and tonumber(ends) < tonumber(deadline) and ends or deadline
if tonumber(stop) <= now then return -2 end
if user then
  index = indexPrefix .. user
  ${sets.only("legacySet = legacyPrefix .. user\n  call('SCARD', legacySet)")}
  call('ZADD', index, stop, storedId)
end
call('SETRANGE', record, '13', deadline)
call('PEXPIREAT', record, stop)
if user then
  ${outlive("index", "stop")}
  if before > tonumber(stop) then ${settle("index")} end
  ${sets.enter("legacySet", "index", "storedId", "record")}
end
tellChange(storedId)
return tonumber(stop)`,
  });
