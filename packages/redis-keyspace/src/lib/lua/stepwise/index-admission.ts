import { outlive, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { condemnedNow, isUnderWay, outliveSet } from "./index-fragments.js";

// The two steps of a create in the index; its record is written in between.

/**
 * Enters a stored id whose create is under way. Answers how that went; then the condemned entries, to be finished; then
 * '' and those that have elapsed, to be taken out of a legacy set; then '' and, where the index looks full, the others
 * that are not under way, the one that ends first first.
 */
export const add = (sets: LegacySets) =>
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
export const confirm = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}index-confirm`,
    short: true,
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
