import { outlive, settle, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

/**
 * Takes the former record away, and enters the new one if it was stored. `closed`: it is what a rotation left under a former
 * id. Parameters are the names of locals.
 */
const follow = (
  sets: LegacySets,
  at: Readonly<Record<"record" | "newRecord" | "storedId" | "newStoredId" | "stop" | "closed" | "moves", string>>,
): string => `
call('UNLINK', ${at.record})
if formerIndex and call('ZREM', formerIndex, ${at.storedId}) == 1 then
  ${sets.unless(settle("formerIndex"))}
end
${sets.only(`if formerLegacySet then call('SREM', formerLegacySet, ${at.storedId}) end`)}
if index and ${at.moves} then
  call('ZADD', index, ${at.closed} and '-' .. ${at.stop} or ${at.stop}, ${at.newStoredId})
  ${outlive("index", at.stop)}
  ${sets.only(`if legacySet and not ${at.closed} then
    ${sets.enter("legacySet", "index", at.newStoredId, at.newRecord)}
  end`)}
end`;

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
local moves = call('SET', newRecord, moved, 'NX', 'PXAT', stop)
${follow(sets, {
  ...{ record: "record", newRecord: "newRecord", storedId: "storedId", newStoredId: "newStoredId" },
  ...{ stop: "stop", closed: "closed", moves: "moves" },
})}
for i = 1, #linkedRecords / 2 do
  local former, new, text = linkedRecords[2 * i - 1], linkedRecords[2 * i], linked[5 * i - 3]
  local formerId, newId, score = linked[5 * i - 2], linked[5 * i - 1], linked[5 * i]
  local sign, last = string.match(score, '^(%-?)(%d+)$')
  local isClosed = sign == '-'
  local isStored = tonumber(last) > now and call('SET', new, text, 'NX', 'PXAT', last)
  ${follow(sets, {
    ...{ record: "former", newRecord: "new", storedId: "formerId", newStoredId: "newId" },
    ...{ stop: "last", closed: "isClosed", moves: "isStored" },
  })}
end
return moves and 1 or 2`,
  });
