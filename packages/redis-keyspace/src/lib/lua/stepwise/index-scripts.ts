import { pack, time } from "../fragments.js";
import { besideLegacySets, type LegacySets, noLegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { add, confirm } from "./index-admission.js";
import { condemnedNow, outliveSet, settle } from "./index-fragments.js";

/** Raises an entry's deadline and never lowers it: a record must not outlive its entry. A former id stays one. */
const raise = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}index-raise`,
    short: true,
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
  short: true,
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
  short: true,
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
