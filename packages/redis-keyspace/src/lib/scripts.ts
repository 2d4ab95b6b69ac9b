import type { Script } from "./driver.js";

// The Lua that runs in Redis (6.2 and later). Two families, for the two executions of one protocol (see `store/`):
//
//   together   the record and its index in one script: create, replace, touch, rotate, remove, removeAll, list
//   apart      one key a script: index*, peer*, and the first family's scripts without an index
//
// A key that does not apply is given as KEYS[1]: a Cluster refuses an empty key. Record keys of other members are made
// up from a prefix; they are in the slot of the declared keys, or else there is no Cluster. The clock is the server's,
// because it is the server that expires the records. JSON is read here, never written: cjson changes what it re-encodes.

export type ScriptName =
  | "create"
  | "replace"
  | "touch"
  | "rotate"
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
  | "indexDrop"
  | "unlink"
  | "peerAdd"
  | "peerRemove"
  | "peerMembers";

// Whether a key does not apply.
const none = `
local function none(i) return KEYS[i] == KEYS[1] end`;

const time = `
local function time()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end`;

// The index lives as long as the last of its members, and as a tombstone in it.
const settle = `${time}
local function settle(index, atLeast)
  local last = redis.call('ZRANGE', index, -1, -1, 'WITHSCORES')
  if not last[2] then return end
  if atLeast or tonumber(last[2]) <= 0 then
    last[2] = string.format('%.0f', math.max(tonumber(last[2]), atLeast or time() + 60000))
  end
  redis.call('PEXPIREAT', index, last[2])
end`;

// Elapsed members go by their score, never because their record is missing.
const prune = `
local function prune(index, now)
  redis.call('ZREMRANGEBYSCORE', index, '(0', now)
end`;

const enter = `
local function enter(index, member, deadline)
  prune(index, time())
  redis.call('ZADD', index, deadline, member)
  settle(index)
end`;

const leave = `
local function leave(index, member)
  if redis.call('ZREM', index, member) == 1 then settle(index) end
end`;

// A peer's set has no deadlines; twice the lifetime outlives what old processes renew meanwhile.
const enterPeer = `
local function enterPeer(peer, member, deadline)
  redis.call('SADD', peer, member)
  local lifetime = 2 * (tonumber(deadline) - time())
  if redis.call('PTTL', peer) < lifetime then redis.call('PEXPIRE', peer, string.format('%.0f', lifetime)) end
end`;

// Who owns a record: from its head where it has one (see `models/session.ts`), else from its JSON. false: nobody.
// nil: it cannot be read here. The head is tried first because reading it costs no more for a longer record.
const owner = `
local function owner(value, field)
  local from = select(2, string.find(value, '^{"expiresAt":%d+,"endsAt":%w+,"userId":'))
  if from then
    local to = string.find(value, '"', from + 2, true)
    while to and string.match(string.sub(value, from + 1, to - 1), '(\\\\*)$'):len() % 2 == 1 do
      to = string.find(value, '"', to + 1, true)
    end
    if string.sub(value, from + 1, from + 4) == 'null' then return false end
    if to then return cjson.decode('[' .. string.sub(value, from + 1, to) .. ']')[1] end
  end
  local ok, record = pcall(cjson.decode, value)
  if not ok or type(record) ~= 'table' then return nil end
  local user = record[field]
  if user == nil or user == cjson.null then return false end
  if type(user) == 'number' then user = string.format('%.17g', user) end
  if type(user) ~= 'string' then return nil end
  return user
end`;

// Writes the deadline into a record that starts with it.
const redate = `
local function redate(value, deadline)
  return (string.gsub(value, '%d+', deadline, 1))
end`;

const sources: { readonly [Name in ScriptName]: string } = {
  // KEYS record, index, peer. ARGV value, deadline, member, record prefix, cap (0: none), what a full index does.
  // 1 created, 0 the id is taken, -1 the user has as many sessions as allowed.
  create: `${none}${settle}${prune}${enter}${enterPeer}
local cap = tonumber(ARGV[5])
local indexed = not none(2)
local surplus = 0
if indexed and cap > 0 then
  prune(KEYS[2], time())
  surplus = redis.call('ZCARD', KEYS[2]) + 1 - cap
  if surplus > 0 and ARGV[6] == 'reject' then return -1 end
end
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PXAT', ARGV[2]) then return 0 end
if not indexed then return 1 end
if surplus > 0 then
  for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, surplus - 1)) do
    redis.call('UNLINK', ARGV[4] .. member)
    redis.call('ZREM', KEYS[2], member)
    if not none(3) then redis.call('SREM', KEYS[3], member) end
  end
end
enter(KEYS[2], ARGV[3], ARGV[2])
if not none(3) then enterPeer(KEYS[3], ARGV[3], ARGV[2]) end
return 1`,

  // KEYS record, index, peer, former owner's index, former owner's peer. ARGV expected, value, deadline, member.
  // 1 replaced, 0 there is no record, a string: another value is there.
  replace: `${none}${settle}${prune}${enter}${enterPeer}${leave}
local current = redis.call('GET', KEYS[1])
if not current then return 0 end
if current ~= ARGV[1] then return current end
redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3])
if not none(4) then leave(KEYS[4], ARGV[4]) end
if not none(5) then redis.call('SREM', KEYS[5], ARGV[4]) end
if not none(2) then enter(KEYS[2], ARGV[4], ARGV[3]) end
if not none(3) then enterPeer(KEYS[3], ARGV[4], ARGV[3]) end
return 1`,

  // KEYS record. ARGV deadline, member, index prefix, peer prefix, owner field.
  // The new deadline; 0 there is no record; a string: a record without a head, for the caller to replace.
  touch: `${settle}${prune}${enter}${enterPeer}${owner}${redate}
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
local ends = string.match(value, '^{"expiresAt":%d+,"endsAt":(%w+),')
if not ends then return value end
local user = owner(value, ARGV[5])
local deadline = ARGV[1]
if tonumber(ends) and tonumber(ends) < tonumber(deadline) then deadline = ends end
redis.call('SET', KEYS[1], redate(value, deadline), 'PXAT', deadline)
if user and ARGV[3] ~= '' then enter(ARGV[3] .. user, ARGV[2], deadline) end
if user and ARGV[4] ~= '' then enterPeer(ARGV[4] .. user, ARGV[2], deadline) end
return tonumber(deadline)`,

  // KEYS old record, new record. ARGV old member, new member, index prefix, peer prefix, owner field, end of grace (0).
  // The record; 0 there is none; -1 the new id is taken; -2 it is not a record that can be moved here.
  rotate: `${settle}${prune}${enter}${enterPeer}${leave}${owner}${redate}
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
local ends = string.match(value, '^{"expiresAt":(%d+),')
local grace = tonumber(ARGV[6])
local user = owner(value, ARGV[5])
if grace > 0 and not ends then return -2 end
if user == nil then return -2 end
local now = time()
local deadline = ends or string.format('%.0f', now + redis.call('PTTL', KEYS[1]))
if not redis.call('SET', KEYS[2], value, 'NX', 'PXAT', deadline) then return -1 end
local old = false
if grace > 0 then
  local till = string.format('%.0f', math.min(now + grace, tonumber(deadline)))
  old = redate(value, till):gsub('"endsAt":%w+', '"endsAt":' .. till, 1)
  redis.call('SET', KEYS[1], old, 'PXAT', till)
  if user and ARGV[3] ~= '' then enter(ARGV[3] .. user, ARGV[1], till) end
else
  redis.call('UNLINK', KEYS[1])
  if user and ARGV[3] ~= '' then leave(ARGV[3] .. user, ARGV[1]) end
  if user and ARGV[4] ~= '' then redis.call('SREM', ARGV[4] .. user, ARGV[1]) end
end
if user and ARGV[3] ~= '' then enter(ARGV[3] .. user, ARGV[2], deadline) end
if user and ARGV[4] ~= '' then enterPeer(ARGV[4] .. user, ARGV[2], deadline) end
return value`,

  // KEYS record. ARGV member, index prefix, peer prefix, owner field, the owner it must have ('': any).
  // An array of one, the record that was removed; 0 there is none or it is another's; a string: what may
  // be no record, not removed.
  remove: `${settle}${leave}${owner}
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
local user = owner(value, ARGV[4])
if user == nil or not user and not string.find(value, '^{"expiresAt":') then return value end
if ARGV[5] ~= '' and user ~= ARGV[5] then return 0 end
redis.call('UNLINK', KEYS[1])
if user and ARGV[2] ~= '' then leave(ARGV[2] .. user, ARGV[1]) end
if user and ARGV[3] ~= '' then redis.call('SREM', ARGV[3] .. user, ARGV[1]) end
return {value}`,

  // KEYS record, index, peer. ARGV expected, member. 1 removed, 0 another value or none is there.
  removeExact: `${none}${settle}${leave}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[1])
if not none(2) then leave(KEYS[2], ARGV[2]) end
if not none(3) then redis.call('SREM', KEYS[3], ARGV[2]) end
return 1`,

  // KEYS index, peer. ARGV record prefix, the member to keep (''). How many records there were.
  removeAll: `${none}${settle}
local kept = ARGV[2] ~= '' and redis.call('ZSCORE', KEYS[1], ARGV[2])
local keptPeer = ARGV[2] ~= '' and not none(2) and redis.call('SISMEMBER', KEYS[2], ARGV[2]) == 1
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
redis.call('DEL', KEYS[1])
if kept then
  redis.call('ZADD', KEYS[1], kept, ARGV[2])
  settle(KEYS[1])
end
if not none(2) then
  local ttl = redis.call('PTTL', KEYS[2])
  unlink(redis.call('SMEMBERS', KEYS[2]))
  redis.call('DEL', KEYS[2])
  if keptPeer then
    redis.call('SADD', KEYS[2], ARGV[2])
    if ttl > 0 then redis.call('PEXPIRE', KEYS[2], ttl) end
  end
end
return removed`,

  // KEYS index, peer. ARGV record prefix. Member, value, member, value …; a member without a record has no place here.
  list: `${none}
local found = {}
local seen = {}
local function collect(members)
  for from = 1, #members, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #members) do keys[#keys + 1] = ARGV[1] .. members[i] end
    for i, value in ipairs(redis.call('MGET', unpack(keys))) do
      local member = members[from + i - 1]
      if value and not seen[member] then
        seen[member] = true
        found[#found + 1] = member
        found[#found + 1] = value
      end
    end
  end
end
collect(redis.call('ZRANGE', KEYS[1], 0, -1))
if not none(2) then collect(redis.call('SMEMBERS', KEYS[2])) end
return found`,

  // KEYS index. How many live members.
  indexCount: `${time}
return redis.call('ZCOUNT', KEYS[1], '(' .. time(), '+inf')`,

  // Apart. A condemned member has the negative time of its condemnation as its score. Where its record was not there to
  // remove, it stays for a minute as a tombstone, so that a create in flight finds it.

  // KEYS index. ARGV member, deadline, cap (0: none), what a full index does.
  // First 1 entered, 0 it was there and live, -1 full, -2 it is condemned; then the members that are condemned, to be finished.
  indexAdd: `${settle}${prune}
local now = time()
local cap = tonumber(ARGV[3])
prune(KEYS[1], now)
local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
if score > 0 then
  if score < tonumber(ARGV[2]) then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
  settle(KEYS[1])
  return {0}
end
local answer = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(0')
if score < 0 then
  table.insert(answer, 1, -2)
  return answer
end
if cap > 0 then
  local live = redis.call('ZRANGEBYSCORE', KEYS[1], '(0', '+inf')
  local surplus = #live + 1 - cap
  if surplus > 0 and ARGV[4] == 'reject' then return {-1} end
  for i = 1, surplus do redis.call('ZADD', KEYS[1], -now, live[i]) end
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
settle(KEYS[1])
answer = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(0')
table.insert(answer, 1, 1)
return answer`,

  // KEYS index. ARGV member, deadline. Never lowers a deadline: a record must not outlive its entry.
  // 1 raised, 0 entered (a record that a peer wrote), -1 condemned.
  indexRaise: `${settle}${prune}
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score and tonumber(score) < 0 then return -1 end
if not score or tonumber(score) < tonumber(ARGV[2]) then
  prune(KEYS[1], time())
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  settle(KEYS[1])
end
return score and 1 or 0`,

  // KEYS index. ARGV member. 1 live, 0 missing or condemned.
  indexHas: `
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
return score and tonumber(score) > 0 and 1 or 0`,

  // KEYS index. Live members, then '', then condemned ones: no member is empty.
  indexMembers: `${time}
local answer = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. time(), '+inf')
answer[#answer + 1] = ''
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(0')) do answer[#answer + 1] = member end
return answer`,

  // KEYS index. ARGV the member to spare (''). All that are condemned now.
  indexCondemn: `${settle}${prune}
local now = time()
prune(KEYS[1], now)
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(0', '+inf')) do
  if member ~= ARGV[1] then redis.call('ZADD', KEYS[1], -now, member) end
end
settle(KEYS[1], now + 60000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(0')`,

  // KEYS index. ARGV members whose records were there and are removed. Tombstones of a minute ago go too.
  indexForget: `${settle}
for i = 1, #ARGV do
  local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if score and tonumber(score) < 0 then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
local now = time()
redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('%.0f', 60000 - now), '(0')
local tombs = redis.call('ZCOUNT', KEYS[1], '-inf', '(0')
settle(KEYS[1], tombs > 0 and now + 60000 or nil)
return 1`,

  // KEYS index. ARGV member.
  indexDrop: `${settle}${leave}
leave(KEYS[1], ARGV[1])
return 1`,

  // KEYS records in one slot. For each 1 removed, 0 was not there.
  unlink: `
local answer = {}
for i = 1, #KEYS do answer[i] = redis.call('UNLINK', KEYS[i]) end
return answer`,

  // KEYS peer. ARGV member, deadline.
  peerAdd: `${time}${enterPeer}
enterPeer(KEYS[1], ARGV[1], ARGV[2])
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
