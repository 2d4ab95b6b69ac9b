import { settle, time } from "../fragments.js";
import { pointed, records } from "../identity/fragments.js";

// Sessions whose users are stored beside them. The replaced package keeps, for each user, a string with the key of the
// last session: a pointer. What it names is taken into the index before anything is done with the index, because a new
// session overwrites it. A session that the replaced package wrote is known by having no TTL.
//
// All of these need the locals recordPrefix and expiresAtField: the member with the end, by its name as JSON.

/**
 * - `ends(value, at)`: the deadline in a record, in milliseconds since 1970. `nil`: it cannot be read.
 * - `adopt(record, index, value, at)`: gives a record that the replaced package wrote a TTL and an entry in its user's
 *   index. `false`: it has ended, and is gone now.
 */
export const adopt = `
${records}
local function ends(value, at)
  local y, mo, d, h, mi, s, f =
    string.match(raw(value, at, expiresAtField) or '', '^"(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.?(%d*)Z"$')
  if not y then return nil end
  -- Days since 1970 by https://howardhinnant.github.io/date_algorithms.html#days_from_civil
  local floor = math.floor
  if tonumber(mo) <= 2 then y = y - 1 end
  local era = floor(y / 400)
  local yoe = y - era * 400
  local doy = floor((153 * ((mo + 9) % 12) + 2) / 5) + d - 1
  local days = era * 146097 + yoe * 365 + floor(yoe / 4) - floor(yoe / 100) + doy - 719468
  return (((days * 24 + h) * 60 + mi) * 60 + s) * 1000 + floor(('0.' .. f .. '0') * 1000 + 0.5)
end
local function adopt(record, index, value, at)
  if call('PTTL', record) ~= -1 then return true end
  local deadline = ends(value, at)
  if not deadline then return true end
  ${time}
  if deadline <= now then
    call('UNLINK', record)
    return false
  end
  local ms = string.format('%.0f', deadline)
  call('PEXPIREAT', record, ms)
  call('ZADD', index, ms, string.sub(record, #recordPrefix + 1))
  ${settle("index")}
  return true
end`;

/** `adoptPointed(pointer, index, userId, other)`: the session that the pointer names, unless it is the other one. */
export const adoptPointed = `
${adopt}
${pointed}
local function adoptPointed(pointer, index, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  if record then adopt(record, index, value, at) end
end`;

/** `present(index, missing)`: how many sessions in an index are live; `missing` is called with each that is not. */
export const present = `
local function present(index, missing)
  local count = 0
  for _, storedId in ipairs(call('ZRANGE', index, 0, -1)) do
    local record = recordPrefix .. storedId
    local ttl = call('PTTL', record)
    local live = ttl ~= -2
    if ttl == -1 then
      local value, at = get(record)
      live = at and adopt(record, index, value, at)
    end
    if live then count = count + 1 elseif missing then missing(storedId) end
  end
  return count
end`;

/** `forgetMissing(index, limit)`: takes the dead sessions out of an index that looks full. */
export const forgetMissing = `
${present}
local function forgetMissing(index, limit)
  if call('ZCARD', index) < tonumber(limit) then return end
  -- A process that runs the replaced package ends sessions without taking them out of the index.
  present(index, function(storedId) call('ZREM', index, storedId) end)
end`;

/** Removes a pointer that names this session. */
export const unpoint = (pointer: string, record: string): string =>
  `if call('GET', ${pointer}) == ${record} then call('UNLINK', ${pointer}) end`;
