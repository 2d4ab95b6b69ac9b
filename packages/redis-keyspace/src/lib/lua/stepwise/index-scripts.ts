import { outlive, pack, time } from "../fragments.js";
import { besideLegacySets, type LegacySets, noLegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

// A user's index as a key by itself. What an entry's score says:
//
//   its deadline            a session
//   its deadline and a half a session whose create is under way: it may have no record yet, and takes nobody's place
//   -1                      condemned: a sign-out everywhere or a limit has decided its end, and whoever meets it
//                           finishes it; -2 for a former id
//   a past time, negative   a tombstone: its record was not there to remove, so it stays for a minute, in which a create
//                           that is under way finds it
//   a time to come, negative  a former id, which can be read until then and is no session by itself

/**
 * Makes the index end with its last entry, or a minute after its last tombstone. One with condemned entries lives on
 * until they are finished.
 */
const settle = `
if call('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end`;

/** Beside a set, the index lives as long as the set, because it knows which members have elapsed. */
const outliveSet = (sets: LegacySets): string =>
  sets.only("if call('PTTL', index) < tonumber(lifetimeMs) then call('PEXPIRE', index, lifetimeMs) end");

/** Lua: the condemned entries and the tombstones. */
const condemnedNow = "call('ZRANGEBYSCORE', index, '-' .. now, '(0')";

/** Lua: whether a score is that of a create under way. */
const isUnderWay = (score: string): string => `string.find(${score}, '.', 1, true)`;

/**
 * Enters a stored id whose create is under way. Answers how that went; then the condemned entries, to be finished; then
 * '' and those that have elapsed, to be taken out of a legacy set; then '' and, where the index looks full, the others
 * that are not under way, the one that ends first first.
 */
const add = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}index-add`,
    keys: ["index"],
    args: ["storedId", "deadline", "limit?", "lifetimeMs?"],
    answers: { list: "answered" },
    remembers: ["answered"],
    lua: `
${time}
if tonumber(deadline) <= now then return {'elapsed', '', ''} end
local score = call('ZSCORE', index, storedId)
local known = tonumber(score or 0)
local status = 'entered'
if known > 0 then
  status = 'present'
  if known < tonumber(deadline) then call('ZADD', index, ${isUnderWay("score")} and deadline .. '.5' or deadline, storedId) end
elseif known < -now then
  status = 'present'
elseif known < 0 then
  status = 'condemned'
else
  call('ZADD', index, deadline .. '.5', storedId)
end
local elapsed = call('ZRANGEBYSCORE', index, '(0', '(' .. now)
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
${outlive("index", "deadline")}
${outliveSet(sets)}
local answer = {status}
for _, other in ipairs(${condemnedNow}) do answer[#answer + 1] = other end
answer[#answer + 1] = ''
for _, other in ipairs(elapsed) do answer[#answer + 1] = other end
answer[#answer + 1] = ''
if limit and call('ZCOUNT', index, now, '+inf') > tonumber(limit) then
  local entries = call('ZRANGEBYSCORE', index, now, '+inf', 'WITHSCORES')
  for i = 1, #entries, 2 do
    if entries[i] ~= storedId and not ${isUnderWay("entries[i + 1]")} then answer[#answer + 1] = entries[i] end
  end
end
return answer`,
  });

/**
 * Ends a create: its record is stored. Answers how that went; then the entries that it has condemned for the limit. The
 * first `ghostCount` of the stored ids have no record and leave; the rest are no sessions, and are not counted. Asks for no
 * memory, because the record has it already.
 */
const confirm = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}index-confirm`,
    keys: ["index"],
    args: ["storedId", "limit?", "whenFull?", "sendBefore?", "ghostCount?", "...storedIds"],
    answers: { list: "answered" },
    remembers: ["answered"],
    lua: `
call('ZREMRANGEBYSCORE', index, '(0', '(1')
local score = call('ZSCORE', index, storedId)
if not score or tonumber(score) <= 0 then return {'condemned'} end
local answer = {'confirmed'}
if limit then
  ${time}
  if sendBefore and now > tonumber(sendBefore) then return {'late', string.format('%.0f', now)} end
  local skipped = {[storedId] = true}
  for i = 1, #storedIds do
    if i <= tonumber(ghostCount or 0) then call('ZREM', index, storedIds[i]) end
    skipped[storedIds[i]] = true
  end
  local counted = {}
  local entries = call('ZRANGEBYSCORE', index, now, '+inf', 'WITHSCORES')
  for i = 1, #entries, 2 do
    if not skipped[entries[i]] and not ${isUnderWay("entries[i + 1]")} then counted[#counted + 1] = entries[i] end
  end
  local surplus = #counted + 1 - limit
  if surplus > 0 and whenFull == 'reject' then return {'limit'} end
  for i = 1, math.min(surplus, #counted) do
    call('ZADD', index, '-1', counted[i])
    answer[i + 1] = counted[i]
  end
end
if ${isUnderWay("score")} then call('ZADD', index, string.sub(score, 1, -3), storedId) end
return answer`,
  });

/** Raises an entry's deadline and never lowers it: a record must not outlive its entry. A former id stays one. */
const raise = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}index-raise`,
    keys: ["index"],
    args: ["storedId", "deadline", "lifetimeMs?"],
    answers: { 1: "raised", 0: "entered", [-1]: "condemned", [-2]: "elapsed" },
    remembers: ["entered"],
    lua: `
${time}
if tonumber(deadline) <= now then return -2 end
local score = call('ZSCORE', index, storedId)
if score and tonumber(score) < -now then return 1 end
if score and tonumber(score) < 0 then return -1 end
if not score or tonumber(score) < tonumber(deadline) then
  call('ZADD', index, deadline, storedId)
  ${settle}
  ${outliveSet(sets)}
end
return score and 1 or 0`,
  });

/** Lowers an entry's deadline to that of its record, unless somebody raised it meanwhile. */
const lower = defineScript({
  name: "index-lower",
  keys: ["index"],
  args: ["storedId", "deadline", "formerDeadline"],
  answers: { 1: "done" },
  lua: `
if tonumber(call('ZSCORE', index, storedId) or 0) == tonumber(formerDeadline) then
  call('ZADD', index, deadline, storedId)
  ${settle}
end
return 1`,
});

/** Makes a former id of an entry: no session by itself, and readable until its grace ends. */
const retire = defineScript({
  name: "index-retire",
  keys: ["index"],
  args: ["storedId", "graceEnd"],
  answers: { 1: "done" },
  lua: `
if tonumber(call('ZSCORE', index, storedId) or 0) > 0 then
  call('ZADD', index, '-' .. graceEnd, storedId)
  ${settle}
end
return 1`,
});

/** The live entries, packed, the one that ends last first; then ''; then the condemned ones. */
const members = defineScript({
  name: "index-members",
  keys: ["index"],
  args: [],
  answers: { list: "listed" },
  lua: `
${time}
${pack}
local answer = {}
pack(answer, call('ZREVRANGEBYSCORE', index, '+inf', '(' .. now))
answer[#answer + 1] = ''
pack(answer, ${condemnedNow})
return answer`,
});

/**
 * Condemns all entries but some. Answers all that are condemned now, and the tombstones, packed; then '' and the former
 * ids among them. The index outlives them. Pruning comes first: then Redis takes the rest when its memory is full, too.
 */
const condemn = defineScript({
  name: "index-condemn",
  keys: ["index"],
  args: ["...except"],
  answers: { list: "condemned" },
  lua: `
${time}
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
local kept = {}
for i = 1, #except do kept[except[i]] = true end
local function condemn(storedIds, score)
  for _, other in ipairs(storedIds) do
    if not kept[other] then call('ZADD', index, score, other) end
  end
end
condemn(call('ZRANGEBYSCORE', index, '(0', '+inf'), '-1')
condemn(call('ZRANGEBYSCORE', index, '-inf', '(-' .. now), '-2')
local ttl = call('PTTL', index)
if ttl ~= -2 and ttl < 60000 then call('PEXPIRE', index, '60000') end
${pack}
local answer = {}
pack(answer, call('ZRANGEBYSCORE', index, '-' .. now, '(-2'))
pack(answer, call('ZRANGEBYSCORE', index, '(-2', '(0'))
answer[#answer + 1] = ''
pack(answer, call('ZRANGEBYSCORE', index, '-2', '-2'))
return answer`,
});

/**
 * Takes out condemned entries. The first `removedCount` are those whose records are removed; the others, whose records
 * were not there, become tombstones. Tombstones older than a minute go too.
 */
const forget = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}index-forget`,
    keys: ["index"],
    args: ["removedCount", "...storedIds"],
    answers: { 1: "done" },
    lua: `
${time}
call('ZREMRANGEBYSCORE', index, 60000 - now, '(-2')
local removed = tonumber(removedCount)
for i = 1, #storedIds do
  local score = tonumber(call('ZSCORE', index, storedIds[i]) or 0)
  if score < 0 and i <= removed then
    call('ZREM', index, storedIds[i])
  elseif score == -1 or score == -2 then
    call('ZADD', index, -now, storedIds[i])
  end
end
${sets.unless(settle)}
return 1`,
  });

const drop = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}index-drop`,
    keys: ["index"],
    args: ["storedId"],
    answers: { 1: "done" },
    lua: `
if call('ZREM', index, storedId) == 1 then
  ${sets.unless(settle)}
end
return 1`,
  });

const family = (sets: LegacySets) => ({
  add: add(sets),
  confirm: confirm(sets),
  raise: raise(sets),
  lower,
  retire,
  members,
  condemn,
  forget: forget(sets),
  drop: drop(sets),
});

export type IndexScripts = ReturnType<typeof family>;

export const indexScripts: IndexScripts = family(noLegacySets);
export const legacyIndexScripts: IndexScripts = family(besideLegacySets);
