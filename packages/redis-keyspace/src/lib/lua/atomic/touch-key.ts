import { enter, settle, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

/**
 * Touch for a TTL-only record. One with more than `enoughMs` left is left alone, unless its entry ends before it does.
 * `unlisted`: it is not in this index, so the caller has to replace the record.
 */
export const touchKey = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}touch-key`,
    keys: ["record", "index?", "legacySet?"],
    args: ["deadline", "storedId", "enoughMs?"],
    answers: { 0: "gone", number: "touched", text: "unlisted" },
    lua: `
local ttl = call('PTTL', record)
if ttl == -2 then return 0 end
local score = index and call('ZSCORE', index, storedId)
if index and not score then return call('GET', record) end
if enoughMs and ttl > tonumber(enoughMs) then
  ${time}
  if not score or tonumber(score) > now + ttl - 50 then return now + ttl end
end
call('PEXPIREAT', record, deadline)
if index then
  ${enter("index", "storedId", "deadline", "record")}
  if ttl - call('PTTL', record) > 50 then ${settle("index")} end
  ${sets.enter("legacySet", "index", "storedId", "record")}
end
return tonumber(deadline)`,
  });
