import { time } from "../fragments.js";
import { defineScript } from "../script.js";

// A record as a key by itself. The stepwise execution uses these, and the atomic scripts without an index.

/** Stores a record whose text says when it was made. Just this text is taken for the same command, sent twice. */
export const store = defineScript({
  name: "store",
  keys: ["record"],
  args: ["value", "deadline", "storedId", "kind?"],
  answers: { 1: "created", 0: "exists", [-2]: "elapsed" },
  lua: `
${time}
if tonumber(deadline) <= now then return -2 end
if not call('SET', record, value, 'NX', 'PXAT', deadline) then
  return call('GET', record) == value and 1 or 0
end
tell(kind or 'created', storedId)
return 1`,
});

/** Stores any record. */
export const storeUndated = defineScript({
  name: "store undated",
  keys: ["record"],
  args: ["value", "deadline", "storedId", "kind?"],
  answers: { 1: "created", 0: "exists", [-2]: "elapsed" },
  remembers: ["created"],
  lua: `
${time}
if tonumber(deadline) <= now then return -2 end
if not call('SET', record, value, 'NX', 'PXAT', deadline) then return 0 end
tell(kind or 'created', storedId)
return 1`,
});

/** Replaces a record if it is still what the caller has read. */
export const replace = defineScript({
  name: "replace",
  short: true,
  keys: ["record"],
  args: ["expected", "value", "deadline", "storedId", "successor?"],
  answers: { 1: "updated", 0: "gone", [-2]: "elapsed", text: "conflict" },
  remembers: ["updated"],
  lua: `
local current = call('GET', record)
if not current then return 0 end
if current ~= expected then return current end
${time}
if tonumber(deadline) <= now then return -2 end
call('SET', record, value, 'PXAT', deadline)
tellChange(storedId)
tellMove(storedId)
tellRotation(storedId, successor)
return 1`,
});

/** How many ms a record with this deadline has left by Redis's clock; 0: it is gone. */
export const lifetime = defineScript({
  name: "lifetime",
  short: true,
  keys: ["record"],
  args: ["deadline"],
  answers: { number: "left" },
  lua: `
if call('EXISTS', record) == 0 then return 0 end
${time}
return tonumber(deadline) - now`,
});

/** How many ms are left until a deadline by Redis's clock. The key only says which server is asked, and need not be there. */
export const timeUntil = defineScript({
  name: "time until",
  keys: ["record"],
  args: ["deadline"],
  answers: { number: "left" },
  lua: `
${time}
return tonumber(deadline) - now`,
});

/** How many ms a record has left; -1: it does not end; -2: there is none. */
export const remaining = defineScript({
  name: "remaining",
  short: true,
  keys: ["record"],
  args: [],
  answers: { number: "remaining" },
  lua: "return call('PTTL', record)",
});

/**
 * Removes records that share a slot. Answers a digit for each: 1, it was there; 0, it was not. `reason`: see
 * `live/messages.ts`.
 */
export const unlink = defineScript({
  name: "unlink",
  keys: ["record", "...others"],
  args: ["reason?", "...storedIds"],
  answers: { text: "unlinked" },
  remembers: ["unlinked"],
  lua: `
local answer = {call('UNLINK', record)}
for i = 1, #others do answer[i + 1] = call('UNLINK', others[i]) end
tellGone(reason, storedIds, answer)
return table.concat(answer)`,
});
