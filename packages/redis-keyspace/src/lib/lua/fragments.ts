// Pieces of Lua that several scripts have. They are text, not Lua functions: a function is made anew each time a script
// runs, which costs as much as a command. Parameters are the names of locals.
//
// The clock is the server's, because it is the server that expires the records. JSON is read in Lua, never written: cjson
// changes what it re-encodes. Large numbers are handed to Redis as text: some versions write round ones with an exponent,
// which is no integer to it.

/** Sets `now`, in milliseconds since 1970. */
export const time = `
local now = call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)`;

/** The index ends with the last of its members. */
export const settle = (index: string): string => `
do
  local last = call('ZRANGE', ${index}, -1, -1, 'WITHSCORES')[2]
  if last then call('PEXPIREAT', ${index}, string.format('%.0f', last)) end
end`;

/**
 * Enters a member whose record has just been written: it has the member's deadline as its own, so the time that the
 * record has left tells the time, and whether the index ends too early. What is pruned comes after what is entered,
 * because an index that is empty for a moment loses its TTL.
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
 * Removes elapsed members, by their score and never because their record is missing. Redis keeps a key through the
 * millisecond of its deadline, so this does too.
 */
export const prune = (index: string): string => `call('ZREMRANGEBYSCORE', ${index}, '(0', '(' .. now)`;

export const leave = (index: string, storedId: string): string => `
if call('ZREM', ${index}, ${storedId}) == 1 then ${settle(index)} end`;

/** The start of a record that has a header (see `records/header.ts`), up to its owner: its deadline and its absolute one. */
export const header = '{"expiresAt":(%d+),"endsAt":(%w+),"userId":';

/** Sets `user` to the owner that the JSON of `value` names. `false`: nobody. `nil`: it cannot be read here. */
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
 * The same, first from the header, which costs no more for a longer record. Sets `expires` too, to the deadline in it.
 * Without a field the value is not looked into.
 */
export const owner = (field: string): string => `
local expires, _, user
if ${field} then
  expires, _, user = string.match(value, '^${header}"([^"\\\\]*)"')
  if not user then
    expires = string.match(value, '^${header}')
    ${ownerFromJson(field)}
  end
end`;
