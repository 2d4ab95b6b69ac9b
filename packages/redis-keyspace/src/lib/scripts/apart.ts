import { time } from "./pieces.js";

/** Those that have one key. */
export type ApartScriptName =
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

/**
 * The index ends with the last of its members. One with condemned members lives on until they are finished, and one with
 * tombstones for another minute.
 */
const settleApart = `
if redis.call('ZCOUNT', KEYS[1], -1, -1) == 0 then
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) > 0 then redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last)) end
  if last and redis.call('ZCOUNT', KEYS[1], '-inf', '(-1') > 0 then
    if tonumber(last) < 0 or redis.call('PTTL', KEYS[1]) < 60000 then redis.call('PEXPIRE', KEYS[1], '60000') end
  end
end`;

export const apartScripts: { readonly [Name in ApartScriptName]: string } = {
  // KEYS index. How many live members.
  indexCount: `
${time}
return redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')`,

  // A condemned member has the score -1 until somebody has seen to its record. Where the record was not there to
  // remove, the member stays for a minute as a tombstone, with the negative time as its score, so that a create in flight
  // finds it.

  // KEYS index. ARGV member, deadline, cap (0: none), what a full index does, how long the index has to live (0: as long as
  // its members). First 1 entered, 0 it was there and live, -1 full, -2 it is condemned; then the condemned members, to be
  // finished; then '' and the members that have elapsed, to be taken from the peer's set.
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
