import { settle, time } from "../fragments.js";
import { pointed, records } from "../identity/fragments.js";

// Sessions whose users are stored beside them. The replaced package keeps, for each user, a string with the key of the
// last session: a pointer. What it names is taken into the index before anything is done with the index, because a new
// session overwrites it. A session that the replaced package wrote is known by having no TTL.
//
// All of these need the locals recordPrefix and expiresAtField: the member with the end, by its name as JSON.

/**
 * - `ends(value, at)`: the deadline in a record, in milliseconds since 1970. `nil`: it cannot be read.
 * - `foreign(record, value, at)`: the same for a record that the replaced package wrote. `nil`: it did not.
 * - `adopt(record, index, deadline)`: gives such a record a TTL and an entry in its user's index, or removes it if it has
 *   ended. Nothing without a deadline.
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
local function foreign(record, value, at)
  if at and call('PTTL', record) == -1 then return ends(value, at) end
end
local function adopt(record, index, deadline)
  if not deadline then return end
  local storedId = string.sub(record, #recordPrefix + 1)
  ${time}
  if deadline <= now then
    call('ZREM', index, storedId)
    call('UNLINK', record)
    return
  end
  local ms = string.format('%.0f', deadline)
  call('ZADD', index, ms, storedId)
  call('PEXPIREAT', record, ms)
  ${settle("index")}
end`;

/** `foreignPointed(pointer, userId, other)`: the session that the pointer names, unless it is the other one, and its end. */
export const adoptPointed = `
${adopt}
${pointed}
local function foreignPointed(pointer, userId, other)
  local record, value, at = pointed(pointer, userId, recordPrefix, other)
  local deadline = record and foreign(record, value, at)
  if deadline then return record, deadline end
end`;

/**
 * `survey(index, record)`: looks at every session in an index, and at one more if there is one. How many are live; the
 * stored ids of those that are gone, without their entries' knowing; and pairs of a record that the replaced package
 * wrote and its end.
 */
export const survey = `
local function survey(index, record)
  local live, missing, found = 0, {}, {}
  local storedIds = call('ZRANGE', index, 0, -1)
  local pointed = record and string.sub(record, #recordPrefix + 1)
  if pointed and not call('ZSCORE', index, pointed) then storedIds[#storedIds + 1] = pointed end
  ${time}
  for _, storedId in ipairs(storedIds) do
    local key = recordPrefix .. storedId
    local ttl = call('PTTL', key)
    local lives = ttl ~= -2
    if ttl == -1 then
      local value, at = get(key)
      local deadline = at and ends(value, at)
      if deadline then found[#found + 1] = {key, deadline} end
      lives = at and (not deadline or deadline > now)
    end
    if lives then live = live + 1 else missing[#missing + 1] = storedId end
  end
  return live, missing, found
end`;

/**
 * What a limit asks for. `measure(index, limit, record)`: reads only, and answers how many sessions have to end before
 * another may enter, and the function that ends them and tidies the index up. An index that does not look full is not
 * looked through.
 */
export const measure = `
${survey}
local function measure(index, limit, record)
  limit = tonumber(limit)
  if call('ZCARD', index) + (record and 1 or 0) < limit then return 0, function() end end
  local live, missing, found = survey(index, record)
  local surplus = live + 1 - limit
  return surplus, function()
    -- A process that runs the replaced package ends sessions without taking them out of the index.
    for _, storedId in ipairs(missing) do call('ZREM', index, storedId) end
    for _, pair in ipairs(found) do adopt(pair[1], index, pair[2]) end
    if surplus > 0 then
      for _, other in ipairs(call('ZRANGE', index, 0, surplus - 1)) do
        call('ZREM', index, other)
        call('UNLINK', recordPrefix .. other)
        tell('replaced', other)
      end
    end
  end
end`;
