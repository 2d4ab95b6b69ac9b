import { outlive, owner, settle, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";

/** Moves the end of a record with `ttl` ms left, and its entry in `index` if there is one. */
const moveEnd = (sets: LegacySets, enough = ""): string => `
${time}
local score = index and call('ZSCORE', index, storedId)
if index and not score then return call('GET', record) end
${sets.only("if legacySet then call('SCARD', legacySet) end")}
${enough}
if tonumber(deadline) <= now then return -2 end
if index then call('ZADD', index, deadline, storedId) end
call('PEXPIREAT', record, deadline)
if index then
  ${outlive("index", "deadline")}
  if now + ttl > tonumber(deadline) + 50 then ${settle("index")} end
  ${sets.enter("legacySet", "index", "storedId", "record")}
end
tellChange(storedId)
return tonumber(deadline)`;

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
${moveEnd(
  sets,
  `if enoughMs and ttl > tonumber(enoughMs) then
  if not score or tonumber(score) > now + ttl - 50 then return now + ttl end
end`,
)}`,
  });

/** The same where only the record says whose it is. `unreadable`: it does not, or Lua can't read it. */
export const touchOwnedKey = (sets: LegacySets) =>
  defineScript({
    name: `${sets.name}touch-owned-key`,
    short: true,
    keys: ["record"],
    args: ["deadline", "storedId", "userIdField", "indexPrefix", "legacyPrefix?"],
    answers: { 0: "gone", [-2]: "elapsed", number: "touched", text: "unlisted", list: "unreadable" },
    lua: `
local value, ttl = call('GET', record), call('PTTL', record)
if not value then return 0 end
${owner("userIdField", "false")}
if not user then return {value} end
local index = indexPrefix .. user
${sets.only("local legacySet = legacyPrefix .. user")}
${moveEnd(sets)}`,
  });
