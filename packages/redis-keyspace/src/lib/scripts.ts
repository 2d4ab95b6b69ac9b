import type { Script } from "./driver.js";

// The Lua that runs in Redis (6.2 and later). Two families, for the two executions of one protocol (see `store/`):
//
//   together   the record and its index in one script: create, replace, touch, extend, rotate, remove, removeAll, list
//   apart      one key a script: index*, peer*, and the first family's scripts without an index
//
// A key that does not apply is given as KEYS[1], because a Cluster refuses an empty key, or left out at the end. Record keys of other members are made
// up from a prefix; they are in the slot of the declared keys, or else there is no Cluster. The clock is the server's,
// because it is the server that expires the records. JSON is read here, never written: cjson changes what it re-encodes.
// Large numbers are handed to Redis as text: some versions write round ones with an exponent, which is no integer to it.

export type ScriptName =
  | "create"
  | "replace"
  | "touch"
  | "extend"
  | "remaining"
  | "rotate"
  | "move"
  | "remove"
  | "removeExact"
  | "removeAll"
  | "list"
  | "indexCount"
  | "indexAdd"
  | "indexRaise"
  | "indexHas"
  | "indexMembers"
  | "indexCondemn"
  | "indexForget"
  | "indexLower"
  | "indexDrop"
  | "unlink"
  | "peerAdd"
  | "peerRemove"
  | "peerMembers";

// Pieces of Lua that more than one script has. They are text, not Lua functions: a function is made anew each time a
// script runs, which costs as much as a command.

/** Whether a key applies: `KEYS[i]`, counted from 1. */
const given = (i: number): string => `KEYS[${i}] and KEYS[${i}] ~= KEYS[1]`;

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
 * The same for keys apart: an index with condemned members lives on until they are finished, and one with tombstones for
 * another minute.
 */
const settleApart = `
if redis.call('ZCOUNT', KEYS[1], -1, -1) == 0 then
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) > 0 then redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last)) end
  if last and redis.call('ZCOUNT', KEYS[1], '-inf', '(-1') > 0 then
    if tonumber(last) < 0 or redis.call('PTTL', KEYS[1]) < 60000 then redis.call('PEXPIRE', KEYS[1], '60000') end
  end
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
const prune = (index: string, peer: number, recordPrefix: string): string => `
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
const countSurplus = (prefix: string, cap: string, whenFull: string): string => `
  ${time}
  ${prune("KEYS[2]", 3, prefix)}
  surplus = call('ZCARD', KEYS[2]) + 1 - ${cap}
  if surplus > 0 and ${whenFull} == 'reject' then return -1 end`;

/** The members that end first, with their records. */
const evictSurplus = (prefix: string): string => `
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
const enterPeer = (peer: string, index: string, member: string, record: string): string => `
do
  redis.call('SADD', ${peer}, ${member})
  local lifetime = 2 * redis.call('PTTL', ${record})
  local ms = string.format('%.0f', lifetime)
  if redis.call('PTTL', ${peer}) < lifetime then redis.call('PEXPIRE', ${peer}, ms) end
  if redis.call('PTTL', ${index}) < lifetime then redis.call('PEXPIRE', ${index}, ms) end
end`;

/** The start of a record that has a head (see `models/head.ts`), up to its owner: its deadline and its absolute one. */
const head = '{"expiresAt":(%d+),"endsAt":(%w+),"userId":';

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
const owner = (field: string): string => `
local expires, _, user
if ${field} ~= '' then
  expires, _, user = string.match(value, '^${head}"([^"\\\\]*)"')
  if not user then
    expires = string.match(value, '^${head}')
    ${ownerFromJson(field)}
  end
end`;

const sources: { readonly [Name in ScriptName]: string } = {
  // KEYS record, index, peer. ARGV value, deadline, member; where there is a cap or a peer, the record prefix; where there
  // is a cap, the cap and what a full index does.
  // 1 created, 0 the id is taken, -1 the user has as many sessions as allowed.
  create: `
${call}
local surplus = 0
if ARGV[5] and ${given(2)} then
  ${countSurplus("ARGV[4]", "ARGV[5]", "ARGV[6]")}
end
if not call('SET', KEYS[1], ARGV[1], 'NX', 'PXAT', ARGV[2]) then return 0 end
${evictSurplus("ARGV[4]")}
if ${given(2)} then ${enter("KEYS[2]", "ARGV[3]", "ARGV[2]", "KEYS[1]", prune("KEYS[2]", 3, "ARGV[4]"))} end
if ${given(3)} then ${enterPeer("KEYS[3]", "KEYS[2]", "ARGV[3]", "KEYS[1]")} end
return 1`,

  // KEYS record, index, peer, former owner's index, former owner's peer. ARGV expected, value, deadline, member; where it
  // gets another owner and there is a cap, the record prefix, the cap and what a full index does.
  // 1 replaced, 0 there is no record, -1 the user has as many sessions as allowed, a string: another value is there.
  replace: `
${call}
local current = call('GET', KEYS[1])
if not current then return 0 end
if current ~= ARGV[1] then return current end
local surplus = 0
if ARGV[6] and not call('ZSCORE', KEYS[2], ARGV[4]) then
  ${countSurplus("ARGV[5]", "ARGV[6]", "ARGV[7]")}
end
${evictSurplus("ARGV[5]")}
local before = call('PTTL', KEYS[1])
call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3])
if ${given(5)} then
  call('SREM', KEYS[5], ARGV[4])
  call('ZREM', KEYS[4], ARGV[4])
elseif ${given(4)} then
  ${leave("KEYS[4]", "ARGV[4]")}
end
if ${given(2)} then
  ${enter("KEYS[2]", "ARGV[4]", "ARGV[3]", "KEYS[1]")}
  if before - call('PTTL', KEYS[1]) > 50 then ${settle("KEYS[2]")} end
end
if ${given(3)} then ${enterPeer("KEYS[3]", "KEYS[2]", "ARGV[4]", "KEYS[1]")} end
return 1`,

  // KEYS record. ARGV deadline, member, index prefix, peer prefix.
  // The new deadline; 0 there is no record; a string: a record for the caller to replace, because it has no head, or one
  // that Lua cannot read. Only the head is read and the 13 digits of its deadline written, however long the record.
  touch: `
${call}
local expires, ends, user = string.match(call('GETRANGE', KEYS[1], 0, 255), '^${head}"([^"\\\\]*)"')
if not user then
  local value = call('GET', KEYS[1])
  if not value then return 0 end
  expires, ends = string.match(value, '^${head}null,')
  if not expires then return value end
end
local deadline = ARGV[1]
if ends ~= 'null' and tonumber(ends) < tonumber(deadline) then deadline = ends end
if #expires ~= 13 or #deadline ~= 13 then return call('GET', KEYS[1]) end
if call('PTTL', KEYS[1]) == -1 then
  ${time}
  if tonumber(expires) <= now then return 0 end
end
call('SETRANGE', KEYS[1], 13, deadline)
call('PEXPIREAT', KEYS[1], deadline)
if user then
  local index = ARGV[3] .. user
  ${enter("index", "ARGV[2]", "deadline", "KEYS[1]")}
  if tonumber(expires) > tonumber(deadline) then ${settle("index")} end
  if ARGV[4] then
    local peer = ARGV[4] .. user
    ${enterPeer("peer", "index", "ARGV[2]", "KEYS[1]")}
  end
end
return tonumber(deadline)`,

  // Touch for a record that ends with its key. KEYS record, index, peer. ARGV deadline, member, how many ms left are
  // enough to leave it (''), if its entry does not end before it. The deadline; 0 there is no record; a string: the record,
  // because this index does not have it.
  extend: `
${call}
local ttl = call('PTTL', KEYS[1])
if ttl == -2 then return 0 end
local score = ${given(2)} and call('ZSCORE', KEYS[2], ARGV[2])
if ${given(2)} and not score then return call('GET', KEYS[1]) end
if ARGV[3] ~= '' and ttl > tonumber(ARGV[3]) then
  ${time}
  if not score or tonumber(score) > now + ttl - 50 then return now + ttl end
end
call('PEXPIREAT', KEYS[1], ARGV[1])
if ${given(2)} then
  ${enter("KEYS[2]", "ARGV[2]", "ARGV[1]", "KEYS[1]")}
  if ttl - call('PTTL', KEYS[1]) > 50 then ${settle("KEYS[2]")} end
end
if ${given(3)} then ${enterPeer("KEYS[3]", "KEYS[2]", "ARGV[2]", "KEYS[1]")} end
return tonumber(ARGV[1])`,

  // KEYS record. How many ms it has left; -1 it does not end, -2 there is none.
  remaining: `return redis.call('PTTL', KEYS[1])`,

  // KEYS old record, new record. ARGV old member, new member, index prefix, peer prefix, grace in ms.
  // The record; 0 there is none; -1 the new id is taken; an array of one: a record for the caller to move, because it has
  // no head, or one that Lua cannot read.
  rotate: `
${call}
local value = call('GET', KEYS[1])
if not value then return 0 end
local deadline, _, user = string.match(value, '^${head}"([^"\\\\]*)"')
if not user then
  deadline = string.match(value, '^${head}null,')
  if not deadline then return {value} end
end
${time}
if tonumber(deadline) <= now then return 0 end
if not call('SET', KEYS[2], value, 'NX', 'PXAT', deadline) then return -1 end
local index = user and ARGV[3] .. user
local peer = user and ARGV[4] ~= '' and ARGV[4] .. user
if peer then
  ${enter("index", "ARGV[2]", "deadline", "KEYS[2]")}
  ${enterPeer("peer", "index", "ARGV[2]", "KEYS[2]")}
elseif index then
  ${enter("index", "ARGV[2]", "deadline", "KEYS[2]", "call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)")}
end
if ARGV[5] ~= '0' then
  local till = string.format('%.0f', math.min(now + ARGV[5], tonumber(deadline)))
  local closed = string.gsub(value, '^{"expiresAt":%d+,"endsAt":%w+', '{"expiresAt":' .. till .. ',"endsAt":' .. till)
  call('SET', KEYS[1], closed, 'PXAT', till)
  if index then call('ZADD', index, till, ARGV[1]) end
else
  call('UNLINK', KEYS[1])
  if index then call('ZREM', index, ARGV[1]) end
  if peer then call('SREM', peer, ARGV[1]) end
end
return value`,

  // KEYS old record, new record, index, peer. ARGV expected, its deadline, old member, new member, what stays at the old id
  // ('': nothing) and until when. 1 moved, 0 another value or none is there, -1 the new id is taken.
  move: `
${call}
if call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if not call('SET', KEYS[2], ARGV[1], 'NX', 'PXAT', ARGV[2]) then return -1 end
if ${given(3)} then ${enter("KEYS[3]", "ARGV[4]", "ARGV[2]", "KEYS[2]")} end
if ${given(4)} then ${enterPeer("KEYS[4]", "KEYS[3]", "ARGV[4]", "KEYS[2]")} end
if ARGV[5] ~= '' then
  call('SET', KEYS[1], ARGV[5], 'PXAT', ARGV[6])
  if ${given(3)} then call('ZADD', KEYS[3], ARGV[6], ARGV[3]) end
else
  call('UNLINK', KEYS[1])
  if ${given(3)} then call('ZREM', KEYS[3], ARGV[3]) end
  if ${given(4)} then call('SREM', KEYS[4], ARGV[3]) end
end
return 1`,

  // KEYS record. ARGV member, index prefix, peer prefix, owner field, the owner it must have ('': any).
  // The record that was removed; 0 there is none or it is another's; an array of one: what may be no record, not
  // removed.
  remove: `
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
${owner("ARGV[4]")}
if not user and (user == nil or not expires) then return {value} end
if ARGV[5] ~= '' and user ~= ARGV[5] then return 0 end
redis.call('UNLINK', KEYS[1])
if user and ARGV[3] ~= '' then
  redis.call('SREM', ARGV[3] .. user, ARGV[1])
  redis.call('ZREM', ARGV[2] .. user, ARGV[1])
elseif user and ARGV[2] ~= '' then
  local index = ARGV[2] .. user
  ${leave("index", "ARGV[1]")}
end
return value`,

  // KEYS record, index, peer. ARGV expected, member. 1 removed, 0 another value or none is there.
  removeExact: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[1])
if ${given(3)} then
  redis.call('SREM', KEYS[3], ARGV[2])
  redis.call('ZREM', KEYS[2], ARGV[2])
elseif ${given(2)} then
  ${leave("KEYS[2]", "ARGV[2]")}
end
return 1`,

  // KEYS index, peer. ARGV record prefix, the member to keep (''). How many records there were.
  removeAll: `
local kept = ARGV[2] ~= '' and redis.call('ZSCORE', KEYS[1], ARGV[2])
local keptPeer = ARGV[2] ~= '' and ${given(2)} and redis.call('SISMEMBER', KEYS[2], ARGV[2]) == 1
local removed = 0
local function unlink(members)
  for from = 1, #members, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #members) do
      if members[i] ~= ARGV[2] then keys[#keys + 1] = ARGV[1] .. members[i] end
    end
    if #keys > 0 then removed = removed + redis.call('UNLINK', unpack(keys)) end
  end
end
unlink(redis.call('ZRANGE', KEYS[1], 0, -1))
redis.call('UNLINK', KEYS[1])
if kept then
  redis.call('ZADD', KEYS[1], kept, ARGV[2])
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', kept))
end
if ${given(2)} then
  local ttl = redis.call('PTTL', KEYS[2])
  unlink(redis.call('SMEMBERS', KEYS[2]))
  redis.call('UNLINK', KEYS[2])
  if keptPeer then
    redis.call('SADD', KEYS[2], ARGV[2])
    local ms = string.format('%.0f', ttl)
    if ttl > 0 then redis.call('PEXPIRE', KEYS[2], ms) end
    if ttl > redis.call('PTTL', KEYS[1]) then redis.call('PEXPIRE', KEYS[1], ms) end
  end
end
return removed`,

  // KEYS index, peer. ARGV record prefix. Member, value, member, value …; a member without a record has no place here.
  list: `
local found = {}
local function collect(members)
  for from = 1, #members, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #members) do keys[#keys + 1] = ARGV[1] .. members[i] end
    for i, value in ipairs(redis.call('MGET', unpack(keys))) do
      if value then
        found[#found + 1] = members[from + i - 1]
        found[#found + 1] = value
      end
    end
  end
end
collect(redis.call('ZRANGE', KEYS[1], 0, -1))
if ${given(2)} then collect(redis.call('SMEMBERS', KEYS[2])) end
return found`,

  // KEYS index. How many live members.
  indexCount: `
${time}
return redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')`,

  // Apart. A condemned member has the score -1 until somebody has seen to its record. Where the record was not there to
  // remove, the member stays for a minute as a tombstone, with the negative time as its score, so that a create in flight
  // finds it.

  // KEYS index. ARGV member, deadline, cap (0: none), what a full index does, how long the index has to live (0: as long as
  // its members). First 1 entered, 0 it was there and live, -1 full, -2 it is condemned; then the condemned members, to be finished;
  // then '' and the members that have elapsed, to be taken from the peer's set.
  indexAdd: `
${time}
local cap = tonumber(ARGV[3])
local elapsed = redis.call('ZRANGEBYSCORE', KEYS[1], '(0', '(' .. now)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(0', '(' .. now)
local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
local status = 1
if score > 0 then
  status = 0
  if score < tonumber(ARGV[2]) then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
elseif score < 0 then
  status = -2
else
  if cap > 0 then
    local live = redis.call('ZRANGEBYSCORE', KEYS[1], '(0', '+inf')
    local surplus = #live + 1 - cap
    if surplus > 0 and ARGV[4] == 'reject' then
      status = -1
    else
      for i = 1, surplus do redis.call('ZADD', KEYS[1], -1, live[i]) end
    end
  end
  if status == 1 then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
end
${settleApart}
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
local answer = {status}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(0')) do answer[#answer + 1] = member end
answer[#answer + 1] = ''
for _, member in ipairs(elapsed) do answer[#answer + 1] = member end
return answer`,

  // KEYS index. ARGV member, deadline, how long the index has to live (0: as long as its members). Never lowers a deadline:
  // a record must not outlive its entry. 1 raised, 0 entered (a record that a peer wrote), -1 condemned.
  indexRaise: `
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score and tonumber(score) < 0 then return -1 end
if not score or tonumber(score) < tonumber(ARGV[2]) then
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  ${settleApart}
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
end
return score and 1 or 0`,

  // KEYS index. ARGV member. 1 live, 0 missing or condemned.
  indexHas: `
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
return score and tonumber(score) > 0 and 1 or 0`,

  // KEYS index. Live members, then '', then condemned ones: no member is empty.
  indexMembers: `
${time}
local answer = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
answer[#answer + 1] = ''
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(0')) do answer[#answer + 1] = member end
return answer`,

  // KEYS index. ARGV the member to spare (''). All that are condemned now, and the tombstones. The index outlives them.
  indexCondemn: `
${time}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(0', '(' .. now)
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(0', '+inf')) do
  if member ~= ARGV[1] then redis.call('ZADD', KEYS[1], -1, member) end
end
local ttl = redis.call('PTTL', KEYS[1])
if ttl ~= -2 and ttl < 60000 then redis.call('PEXPIRE', KEYS[1], '60000') end
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(0')`,

  // KEYS index. ARGV whether a peer's set is kept ('1'), how many members follow whose records are removed, these, then
  // condemned ones whose records were not there. Tombstones of a minute ago go too.
  indexForget: `
${time}
local removed = tonumber(ARGV[2])
for i = 3, #ARGV do
  local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[i]) or 0)
  if score < 0 and i <= removed + 2 then
    redis.call('ZREM', KEYS[1], ARGV[i])
  elseif score == -1 then
    redis.call('ZADD', KEYS[1], -now, ARGV[i])
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], 60000 - now, '(-1')
if ARGV[1] ~= '1' then ${settleApart} end
return 1`,

  // KEYS index. ARGV member, the deadline that its record has now, the one that it had. Only if nobody raised it meanwhile.
  indexLower: `
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0) == tonumber(ARGV[3]) then
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  ${settleApart}
end
return 1`,

  // KEYS index. ARGV whether a peer's set is kept ('1'), member.
  indexDrop: `
if redis.call('ZREM', KEYS[1], ARGV[2]) == 1 and ARGV[1] ~= '1' then ${settleApart} end
return 1`,

  // KEYS records in one slot. For each 1 removed, 0 was not there.
  unlink: `
local answer = {}
for i = 1, #KEYS do answer[i] = redis.call('UNLINK', KEYS[i]) end
return answer`,

  // KEYS peer. ARGV member, twice the session's lifetime in ms.
  peerAdd: `
redis.call('SADD', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`,

  // KEYS peer. ARGV members.
  peerRemove: `
for i = 1, #ARGV do redis.call('SREM', KEYS[1], ARGV[i]) end
return 1`,

  // KEYS peer.
  peerMembers: `return redis.call('SMEMBERS', KEYS[1])`,
};

export const scripts: { readonly [Name in ScriptName]: Script } = Object.fromEntries(
  Object.entries(sources).map(([name, source]) => [name, { name, source: source.trim() }]),
) as unknown as { readonly [Name in ScriptName]: Script };
