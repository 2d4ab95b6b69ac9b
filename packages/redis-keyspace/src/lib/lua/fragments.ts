// Fragments of Lua that several scripts share. They are text, not Lua functions: a function is made anew each time a
// script runs, which costs as much as a command. Parameters are the names of locals.
//
// Lua does not roll back, so a script looks at everything that can be wrong before it writes: it reads each key by a
// command of its type. The first command that writes is one that Redis refuses when its memory is full, if the script
// stores something; after a command that Redis always takes, it would take the others too.
//
// The clock is the server's, because the server expires the records. JSON is read in Lua and never written: cjson
// changes what it encodes again. Large numbers are given to Redis as text, because some versions of Lua write round
// ones with an exponent, which Redis doesn't take for an integer.

/** Sets `now`, in milliseconds since 1970. */
export const time = `
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)`;

/**
 * Makes the index end with its last entry. Where only former ids are left, whose scores are negative, with the one whose
 * grace ends last. An index that has just lost its last entry is gone, and to ask for a key that is gone is an error in a
 * slot that a Cluster moves.
 */
export const settle = (index: string): string => `
do
  local last = redis.pcall('ZRANGE', ${index}, '-1', '-1', 'WITHSCORES')[2]
  if last and string.byte(last) == 45 then last = call('ZRANGE', ${index}, '0', '0', 'WITHSCORES')[2] end
  if last then call('PEXPIREAT', ${index}, string.match(last, '%d+')) end
end`;

/**
 * Makes the index live as long as an entry that has just been made. Pruning comes after entering: an index that is
 * empty for a moment loses its TTL, and one that has none yet has nothing to prune. Needs `now`. From Redis 7 on one
 * command does it, which says that it did where the entry ends last.
 */
export const outlive = (index: string, deadline: string, prune = ""): string => `
if redis.REDIS_VERSION_NUM then
  if call('PEXPIREAT', ${index}, ${deadline}, 'GT') == 1 or call('PEXPIREAT', ${index}, ${deadline}, 'NX') == 0 then
    ${prune}
  end
else
  local ttl = call('PTTL', ${index})
  if ttl < 0 then
    call('PEXPIREAT', ${index}, ${deadline})
  else
    ${prune}
    if now + ttl < tonumber(${deadline}) - 1 then call('PEXPIREAT', ${index}, ${deadline}) end
  end
end`;

/**
 * Enters a stored id whose record has just been written with the same deadline. So the record's TTL says what time it
 * is, without asking, and whether the index ends too early.
 */
export const enter = (index: string, storedId: string, deadline: string, record: string, prune = ""): string => `
do
  call('ZADD', ${index}, ${deadline}, ${storedId})
  local ttl = call('PTTL', ${index})
  if ttl < 0 then
    call('PEXPIREAT', ${index}, ${deadline})
  else
    local left = call('PTTL', ${record})
    local now = ${deadline} - left
    ${prune}
    if ttl < left then call('PEXPIREAT', ${index}, ${deadline}) end
  end
end`;

/**
 * Removes elapsed entries, by their score and never because their record is missing. Redis keeps a key through the
 * millisecond of its deadline, so this does too.
 */
export const prune = (index: string): string => `call('ZREMRANGEBYSCORE', ${index}, '(0', '(' .. now)`;

/**
 * @param ends When the entry ends and when it ends at the latest, two names of texts or nil. From Redis 7 on the index can
 *   be asked for its own end, and stays as it is where others end later.
 */
export const leave = (index: string, storedId: string, ends?: readonly [deadline: string, absolute: string]): string =>
  ends === undefined
    ? `if call('ZREM', ${index}, ${storedId}) == 1 then ${settle(index)} end`
    : `
if call('ZREM', ${index}, ${storedId}) == 1 then
  local last = redis.REDIS_VERSION_NUM and ${ends[0]} and redis.pcall('PEXPIRETIME', ${index})
  if type(last) ~= 'number' or (last >= 0 and last <= math.min(${ends[0]}, tonumber(${ends[1]}) or ${ends[0]})) then
    ${settle(index)}
  end
end`;

/**
 * A Lua pattern for a header (see `records/header.ts`) up to its owner. It captures the deadline and the absolute end.
 */
export const header = '{"expiresAt":(%d+),"endsAt":(%w+),"userId":';

/** Sets `user` to the owner that the JSON of `value` names. `false`: nobody. `nil`: Lua can't read it. */
const ownerFromJson = (field: string): string => `
  local ok, json = pcall(cjson.decode, value)
  if ok and type(json) == 'table' then
    user = json[${field}]
    if user == nil or user == cjson.null then
      user = false
    elseif type(user) ~= 'string' then
      user = nil
    end
  end`;

/**
 * The same, but looks at the header first if there is one, which costs no more for a longer record; from there it sets
 * `expires` and `absolute` too, its ends. Without a field it doesn't look into the value at all.
 */
export const owner = (field: string, hasHeader = "true"): string => `
local expires, absolute, user
if ${field} then
  if ${hasHeader} then expires, absolute, user = string.match(value, '^${header}"([^"\\\\]*)"') end
  if not user then
    if ${hasHeader} then expires, absolute = string.match(value, '^${header}') end
    ${ownerFromJson(field)}
  end
end`;

/**
 * `pack(found, storedIds)`: adds ids to an answer, as JSON of up to a thousand a text. A client takes its time with a long
 * answer of many texts.
 */
export const pack = `
local function pack(found, storedIds)
  for from = 1, #storedIds, 1000 do
    local some = {}
    for i = from, math.min(from + 999, #storedIds) do some[#some + 1] = cjson.encode(storedIds[i]) end
    found[#found + 1] = '[' .. table.concat(some, ',') .. ']'
  end
end`;
