import {
  call,
  countSurplus,
  enter,
  enterPeer,
  evictSurplus,
  given,
  head,
  leave,
  owner,
  prune,
  settle,
  time,
} from "./pieces.js";

/** Those that have the record and its index in one script. */
export type TogetherScriptName =
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
  | "list";

export const togetherScripts: { readonly [Name in TogetherScriptName]: string } = {
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
};
