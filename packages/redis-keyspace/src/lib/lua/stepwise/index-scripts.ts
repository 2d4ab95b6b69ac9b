import { time } from "../fragments.js";
import { besideLegacySets, type LegacySets, noLegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

// A user's index as a key by itself. A condemned entry has the score -1 until somebody has removed its record. If the
// record was not there to remove, the entry stays for a minute as a tombstone, with the negative time as its score, so
// that a create that is under way finds it.

/**
 * Makes the index end with its last entry. One with condemned entries lives on until they are finished, and one with
 * tombstones lives another minute.
 */
const settle = `
if call('ZCOUNT', index, -1, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last and tonumber(last) > 0 then call('PEXPIREAT', index, string.format('%.0f', last)) end
  if last and call('ZCOUNT', index, '-inf', '(-1') > 0 then
    if tonumber(last) < 0 or call('PTTL', index) < 60000 then call('PEXPIRE', index, '60000') end
  end
end`;

/** Beside a set, the index lives as long as the set, because it knows which members have elapsed. */
const outliveSet = (sets: LegacySets): string =>
  sets.only("if call('PTTL', index) < tonumber(lifetimeMs) then call('PEXPIRE', index, lifetimeMs) end");

/**
 * Enters a stored id. Answers how that went; then the condemned entries, to be finished; then '' and those that have
 * elapsed, to be taken out of a legacy set.
 */
const add = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}index-add`,
    keys: ["index"],
    args: ["storedId", "deadline", "limit", "whenFull", "lifetimeMs?"],
    answers: { list: "answered" },
    lua: `
${time}
local elapsed = call('ZRANGEBYSCORE', index, '(0', '(' .. now)
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
local score = tonumber(call('ZSCORE', index, storedId) or 0)
local status = 'entered'
if score > 0 then
  status = 'present'
  if score < tonumber(deadline) then call('ZADD', index, deadline, storedId) end
elseif score < 0 then
  status = 'condemned'
else
  if limit ~= '0' then
    local live = call('ZRANGEBYSCORE', index, '(0', '+inf')
    local surplus = #live + 1 - limit
    if surplus > 0 and whenFull == 'reject' then
      status = 'limit'
    else
      for i = 1, surplus do call('ZADD', index, '-1', live[i]) end
    end
  end
  if status == 'entered' then call('ZADD', index, deadline, storedId) end
end
${settle}
${outliveSet(sets)}
local answer = {status}
for _, other in ipairs(call('ZRANGEBYSCORE', index, '-inf', '(0')) do answer[#answer + 1] = other end
answer[#answer + 1] = ''
for _, other in ipairs(elapsed) do answer[#answer + 1] = other end
return answer`,
  });

/** Raises an entry's deadline and never lowers it: a record must not outlive its entry. */
const raise = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}index-raise`,
    keys: ["index"],
    args: ["storedId", "deadline", "lifetimeMs?"],
    answers: { 1: "raised", 0: "entered", [-1]: "condemned" },
    lua: `
local score = call('ZSCORE', index, storedId)
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

const has = defineScript({
  name: "index-has",
  keys: ["index"],
  args: ["storedId"],
  answers: { 1: "live", 0: "missing-or-condemned" },
  lua: `
local score = call('ZSCORE', index, storedId)
return score and tonumber(score) > 0 and 1 or 0`,
});

/** The live entries, the one that ends last first; then '', which no entry is; then the condemned ones. */
const members = defineScript({
  name: "index-members",
  keys: ["index"],
  args: [],
  answers: { list: "listed" },
  lua: `
${time}
local answer = call('ZREVRANGEBYSCORE', index, '+inf', '(' .. now)
answer[#answer + 1] = ''
for _, other in ipairs(call('ZRANGEBYSCORE', index, '-inf', '(0')) do answer[#answer + 1] = other end
return answer`,
});

/** Condemns all entries but one. Answers all that are condemned now, and the tombstones. The index outlives them. */
const condemn = defineScript({
  name: "index-condemn",
  keys: ["index"],
  args: ["except?"],
  answers: { list: "condemned" },
  lua: `
${time}
call('ZREMRANGEBYSCORE', index, '(0', '(' .. now)
for _, other in ipairs(call('ZRANGEBYSCORE', index, '(0', '+inf')) do
  if other ~= except then call('ZADD', index, '-1', other) end
end
local ttl = call('PTTL', index)
if ttl ~= -2 and ttl < 60000 then call('PEXPIRE', index, '60000') end
return call('ZRANGEBYSCORE', index, '-inf', '(0')`,
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
local removed = tonumber(removedCount)
for i = 1, #storedIds do
  local score = tonumber(call('ZSCORE', index, storedIds[i]) or 0)
  if score < 0 and i <= removed then
    call('ZREM', index, storedIds[i])
  elseif score == -1 then
    call('ZADD', index, -now, storedIds[i])
  end
end
call('ZREMRANGEBYSCORE', index, 60000 - now, '(-1')
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
  raise: raise(sets),
  lower,
  has,
  members,
  condemn,
  forget: forget(sets),
  drop: drop(sets),
});

export type IndexScripts = ReturnType<typeof family>;

export const indexScripts: IndexScripts = family(noLegacySets);
export const legacyIndexScripts: IndexScripts = family(besideLegacySets);
