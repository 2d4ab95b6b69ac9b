import { header, outlive, prune, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { endLinked, findLinked } from "./links.js";

const storeMoved = "if not call('SET', newRecord, moved, 'NX', 'PXAT', deadline) then return -1 end";

/** Enters the new id; where it is taken, nothing has changed. */
const moveTo = (sets: LegacySets, store: string): string => `
if index then call('ZCARD', index) end
${sets.only("if legacySet then call('SCARD', legacySet) end")}
${store}
if index then
  call('ZADD', index, deadline, newStoredId)
  ${outlive("index", "deadline", sets.unless(prune("index")))}
  ${sets.enter("legacySet", "index", "newStoredId", "newRecord")}
end`;

/**
 * What stays at the former id: `closed`, until `graceEnd`, or nothing. A negative score in the index says that it is a
 * former id: no session by itself.
 */
const leaveFormer = (sets: LegacySets): string => `
if closed then
  call('SET', record, closed, 'PXAT', graceEnd)
  if index then
    call('ZADD', index, '-' .. graceEnd, storedId)
    call('ZREMRANGEBYSCORE', index, '(-' .. string.format('%.0f', now), '(0')
  end
else
  call('UNLINK', record)
  if index then call('ZREM', index, storedId) end
end
if index then
  ${sets.forget("legacySet", "storedId")}
end`;

/**
 * Gives a record with a header a new id. `unreadable`: it has no header or has been rotated with a grace, or Lua can't
 * read it; then see `move`.
 */
export const rotate = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}rotate`,
    short: true,
    keys: ["record", "newRecord", "index?", "legacySet?"],
    args: ["storedId", "newStoredId", "indexPrefix", "graceMs", "legacyPrefix?"],
    answers: { 0: "gone", [-1]: "exists", text: "rotated", list: "unreadable" },
    remembers: ["rotated"],
    lua: `
local value = call('GET', record)
if not value then return 0 end
local deadline, ends, user, at = string.match(value, '^${header}"([^"\\\\]*)"()')
if not user then
  deadline, ends, at = string.match(value, '^${header}null()')
  if not deadline then return {value} end
end
if string.find(value, '^,"successor"', at) or string.find(value, '^,"former"', at) then return {value} end
${time}
if ends ~= 'null' and tonumber(ends) < tonumber(deadline) then deadline = ends end
if tonumber(deadline) <= now then return 0 end
index = user and indexPrefix .. user
${sets.only("legacySet = user and legacyPrefix .. user")}
local moved, closed, graceEnd = value, nil, nil
if graceMs ~= '0' then
  graceEnd = string.format('%.0f', math.min(now + graceMs, tonumber(deadline)))
  local rest = string.sub(value, at)
  moved = string.sub(value, 1, at - 1) .. ',"former":[' .. cjson.encode(storedId) .. ',' .. graceEnd .. ']' .. rest
  closed = '{"expiresAt":' .. graceEnd .. ',"endsAt":' .. graceEnd
    .. string.match(string.sub(value, 1, at - 1), ',"userId":.*') .. ',"successor":' .. cjson.encode(newStoredId) .. rest
end
${moveTo(sets, storeMoved)}
${leaveFormer(sets)}
tell('rotated', {storedId, newStoredId}, user)
return moved`,
  });

/** With `back` the new id is the record's own former one, where what a rotation has closed is in the way. */
const storeMovedOrBack = `
if back and string.find(call('GET', newRecord) or '', '"successor":' .. cjson.encode(storedId), 1, true) then
  call('SET', newRecord, moved, 'PXAT', deadline)
else
  ${storeMoved}
end`;

/**
 * The same for a record that the caller has read. The text `closed` stays under the former id until `graceEnd`. What
 * `ended` names, as it is in the header, ends.
 */
export const move = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}move`,
    short: true,
    keys: ["record", "newRecord", "index?", "legacySet?"],
    args: [
      ...["expected", "moved", "deadline", "storedId", "newStoredId"],
      ...["recordPrefix?", "closed?", "graceEnd?", "ended?", "back?"],
    ] as const,
    answers: { 1: "moved", 0: "conflict", [-1]: "exists", [-2]: "gone" },
    remembers: ["moved"],
    lua: `
if call('GET', record) ~= expected then return 0 end
${time}
if tonumber(deadline) <= now then return -2 end
local hasHeader = ended
${findLinked("ended", "storedId")}
${moveTo(sets, storeMovedOrBack)}
${leaveFormer(sets)}
${endLinked(sets, "revoked")}
tell('rotated', {storedId, newStoredId})
return 1`,
  });
