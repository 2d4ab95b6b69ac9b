import type { LegacySets } from "../legacy-sets.js";

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
export const settle = `
if redis.pcall('ZCOUNT', index, -2, -1) == 0 then
  local last = call('ZRANGE', index, -1, -1, 'WITHSCORES')[2]
  if last then
    local first = tonumber(call('ZRANGE', index, 0, 0, 'WITHSCORES')[2])
    local stop = first < 0 and math.max(tonumber(last), 60000 - first) or tonumber(last)
    call('PEXPIREAT', index, string.format('%.0f', stop))
  end
end`;

/** Beside a set, the index lives as long as the set, because it knows which members have elapsed. */
export const outliveSet = (sets: LegacySets): string =>
  sets.only("if call('PTTL', index) < tonumber(lifetimeMs) then call('PEXPIRE', index, lifetimeMs) end");

/** Lua: the condemned entries and the tombstones. */
export const condemnedNow = "call('ZRANGEBYSCORE', index, '-' .. now, '(0')";

/** Lua: whether a score is that of a create under way. */
export const isUnderWay = (score: string): string => `string.find(${score}, '.', 1, true)`;
