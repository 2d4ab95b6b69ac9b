import { outlive, settle, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

/**
 * Moves a record that the caller has read from one layout to another: to the key of the other, into its index and its set,
 * with its end. Where there is a record already, that one stays and the former goes. `formerIndex` is given where the
 * entry there is another. Without a `deadline` it ends when it did. `leftMs`: it is to have no more left than so many, or
 * with -1 no TTL. `closed`: it is what a rotation left under a former id. `elapsed`: it has ended by Redis's clock.
 * `endless`: it has no TTL, and no `deadline` is given.
 *
 * What else is the same session moves with it, or nothing does. Of each of these `linkedRecords` are its two keys, and
 * `linked` is its text, the new one, its two stored ids and its score in the index, where a negative one says that it is
 * closed.
 */
export const transfer = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}transfer`,
    short: true,
    keys: ["record", "newRecord", "index?", "formerIndex?", "legacySet?", "formerLegacySet?", "...linkedRecords"],
    args: ["expected", "moved", "storedId", "newStoredId", "deadline?", "leftMs?", "closed?", "...linked"],
    answers: { 1: "moved", 2: "there", 0: "conflict", [-2]: "elapsed", [-3]: "endless" },
    remembers: ["moved", "there"],
    lua: `
if call('GET', record) ~= expected then return 0 end
for i = 1, #linkedRecords / 2 do
  if call('GET', linkedRecords[2 * i - 1]) ~= linked[5 * i - 4] then return 0 end
end
local ttl = call('PTTL', record)
if leftMs and ttl > tonumber(leftMs) then return 0 end
if ttl < 0 and not deadline then return -3 end
${time}
local stop = deadline or string.format('%.0f', now + ttl)
if tonumber(stop) <= now then return -2 end
if index then call('ZCARD', index) end
if formerIndex then call('ZCARD', formerIndex) end
${sets.only(`if legacySet then call('SCARD', legacySet) end
if formerLegacySet then call('SCARD', formerLegacySet) end`)}
local outcome
for i = 0, #linkedRecords / 2 do
  if i > 0 then
    record, newRecord, moved = linkedRecords[2 * i - 1], linkedRecords[2 * i], linked[5 * i - 3]
    storedId, newStoredId, closed = linked[5 * i - 2], linked[5 * i - 1], string.byte(linked[5 * i]) == 45
    stop = string.match(linked[5 * i], '%d+')
  end
  local isStored = tonumber(stop) > now and call('SET', newRecord, moved, 'NX', 'PXAT', stop)
  call('UNLINK', record)
  if formerIndex and call('ZREM', formerIndex, storedId) == 1 then
    ${sets.unless(settle("formerIndex"))}
  end
  ${sets.only("if formerLegacySet then call('SREM', formerLegacySet, storedId) end")}
  if index and isStored then
    call('ZADD', index, closed and '-' .. stop or stop, newStoredId)
    ${outlive("index", "stop")}
    ${sets.only(`if legacySet and not closed then
      ${sets.enter("legacySet", "index", "newStoredId", "newRecord")}
    end`)}
  end
  outcome = outcome or (isStored and 1 or 2)
end
return outcome`,
  });
