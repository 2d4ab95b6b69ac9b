// Pieces of Lua that more than one script has. They are text, not Lua functions: a function is made anew each time a
// script runs, which costs as much as a command.

/** Whether a key applies: `KEYS[i]`, counted from 1. */
export const given = (i: number): string => `KEYS[${i}] and KEYS[${i}] ~= KEYS[1]`;

export const call = "local call = redis.call";

/** Sets `now`, in milliseconds since 1970. */
export const time = `
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)`;

/** The index ends with the last of its members. */
export const settle = (index: string): string => `
do
  local last = redis.call('ZRANGE', ${index}, -1, -1, 'WITHSCORES')[2]
  if last then redis.call('PEXPIREAT', ${index}, string.format('%.0f', last)) end
end`;

/**
 * Enters a member whose record has just been written: it has the member's deadline as its own, so the time that the
 * record has left tells the time, and whether the index ends too early. What is pruned comes after what is entered,
 * because an index that is empty for a moment loses its TTL.
 */
export const enter = (index: string, member: string, deadline: string, record: string, prune = ""): string => `
do
  call('ZADD', ${index}, ${deadline}, ${member})
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
 * Removes elapsed members, by their score and never because their record is missing, and from a peer's set too, unless
 * an old process has renewed their record. Redis keeps a key through the millisecond of its deadline, so these do too.
 */
export const prune = (index: string, peer: number, recordPrefix: string): string => `
    if ${given(peer)} then
      for _, member in ipairs(call('ZRANGEBYSCORE', ${index}, '(0', '(' .. now)) do
        if call('EXISTS', ${recordPrefix} .. member) == 0 then call('SREM', KEYS[${peer}], member) end
      end
    end
    call('ZREMRANGEBYSCORE', ${index}, '(0', '(' .. now)`;

export const leave = (index: string, member: string): string => `
if redis.call('ZREM', ${index}, ${member}) == 1 then ${settle(index)} end`;

/**
 * How many members have to go before another enters: sets `surplus`. The arguments are those with the record prefix, the
 * cap and what a full index does.
 */
export const countSurplus = (prefix: string, cap: string, whenFull: string): string => `
  ${time}
  ${prune("KEYS[2]", 3, prefix)}
  surplus = call('ZCARD', KEYS[2]) + 1 - ${cap}
  if surplus > 0 and ${whenFull} == 'reject' then return -1 end`;

/** The members that end first, with their records. */
export const evictSurplus = (prefix: string): string => `
if surplus > 0 then
  for _, member in ipairs(call('ZRANGE', KEYS[2], 0, surplus - 1)) do
    call('UNLINK', ${prefix} .. member)
    call('ZREM', KEYS[2], member)
    if ${given(3)} then call('SREM', KEYS[3], member) end
  end
end`;

/**
 * A peer's set has no deadlines; twice the lifetime outlives what old processes renew meanwhile. The index beside it lives
 * as long: it knows which members of the set have elapsed.
 */
export const enterPeer = (peer: string, index: string, member: string, record: string): string => `
do
  redis.call('SADD', ${peer}, ${member})
  local lifetime = 2 * redis.call('PTTL', ${record})
  local ms = string.format('%.0f', lifetime)
  if redis.call('PTTL', ${peer}) < lifetime then redis.call('PEXPIRE', ${peer}, ms) end
  if redis.call('PTTL', ${index}) < lifetime then redis.call('PEXPIRE', ${index}, ms) end
end`;

/** The start of a record that has a head (see `models/head.ts`), up to its owner: its deadline and its absolute one. */
export const head = '{"expiresAt":(%d+),"endsAt":(%w+),"userId":';

/** Sets `user` to the owner that the JSON of `value` names. `false`: nobody. `nil`: it cannot be read here. */
const ownerFromJson = (field: string): string => `
  local ok, record = pcall(cjson.decode, value)
  if ok and type(record) == 'table' then
    user = record[${field}]
    if user == nil or user == cjson.null then
      user = false
    elseif type(user) ~= 'string' then
      user = nil
    end
  end`;

/**
 * The same, first from the head, which costs no more for a longer record. Sets `expires` too, to the deadline in it. Without
 * a field the value is not looked into.
 */
export const owner = (field: string): string => `
local expires, _, user
if ${field} ~= '' then
  expires, _, user = string.match(value, '^${head}"([^"\\\\]*)"')
  if not user then
    expires = string.match(value, '^${head}')
    ${ownerFromJson(field)}
  end
end`;
