import { outlive, settle, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

/**
 * Touch for a TTL-only record. One with more than `enoughMs` left is left alone, unless its entry ends before it does.
 * `elapsed`: the deadline has passed by Redis's clock. `unlisted`: it is not in this index, so the caller has to replace
 * the record.
 */
export const touchKey = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}touch-key`,
    short: true,
    keys: ["record", "index?", "legacySet?"],
    args: ["deadline", "storedId", "enoughMs?"],
    answers: { 0: "gone", [-2]: "elapsed", number: "touched", text: "unlisted" },
    lua: `
local ttl = call('PTTL', record)
if ttl == -2 then return 0 end
${time}
local score = index and call('ZSCORE', index, storedId)
if index and not score then return call('GET', record) end
${sets.only("if legacySet then call('SCARD', legacySet) end")}
if enoughMs and ttl > tonumber(enoughMs) then
  if not score or tonumber(score) > now + ttl - 50 then return now + ttl end
end
if tonumber(deadline) <= now then return -2 end
if index then call('ZADD', index, deadline, storedId) end
call('PEXPIREAT', record, deadline)
if index then
  ${outlive("index", "deadline")}
  if now + ttl > tonumber(deadline) + 50 then ${settle("index")} end
  ${sets.enter("legacySet", "index", "storedId", "record")}
end
return tonumber(deadline)`,
  });
