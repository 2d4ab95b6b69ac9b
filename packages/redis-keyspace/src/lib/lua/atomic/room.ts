import type { LegacySets } from "../legacy-sets.js";
import { endLinked, findLinked, nextName } from "./links.js";

// How many sessions a user has, for a limit and for `count`: those whose record is there and is a session. All of these
// need the locals index, legacySet, recordPrefix, hasHeader and hashed, and `now`.

/** What becomes of what is examined, in Lua. */
interface Examination {
  /** For each `id` whose record, in `value`, is a session. */
  readonly session: string;
  /** For each `id` without a record. */
  readonly absent?: string;
  /** Whether the caller looks at the texts too. Else what is sealed is no session. */
  readonly isJudged?: string;
}

/**
 * `examine(storedIds)`. Only a text that has one of the two names anywhere is looked at closely, which takes longer than
 * to read it.
 */
const examine = ({ session, absent = "", isJudged = "false" }: Examination): string => `
local find = string.find
local function examine(storedIds)
  for from = 1, #storedIds, 1000 do
    local keys = {}
    for i = from, math.min(from + 999, #storedIds) do keys[#keys + 1] = recordPrefix .. storedIds[i] end
    local values = call('MGET', unpack(keys))
    for i = 1, #values do
      local id, value = storedIds[from + i - 1], values[i]
      if not value then
        ${absent}
      elseif (#id == 33 and string.byte(id) == 126) == (hashed ~= nil) then
        local name
        if find(value, ',"sealed":', 1, true) or find(value, ',"successor":', 1, true) then name = ${nextName("value")} end
        if (name ~= 'sealed' or ${isJudged}) and not (hasHeader and name == 'successor') then
          ${session}
        end
      end
    end
  end
end`;

/** Examines the members of a legacy set that have no live entry: a legacy process may keep them alive. */
const examineSet = (sets: LegacySets): string =>
  sets.only(`
  local unlisted = {}
  for _, id in ipairs(call('SMEMBERS', legacySet)) do
    local score = call('ZSCORE', index, id)
    if not score or tonumber(score) < now then unlisted[#unlisted + 1] = id end
  end
  examine(unlisted)`);

/** Sets `counted`: how many sessions the user has. */
export const countAll = (sets: LegacySets): string => `
local counted = 0
${examine({ session: "counted = counted + 1" })}
${examineSet(sets)}
examine(call('ZRANGEBYSCORE', index, now, '+inf'))`;

/**
 * Finds room for `storedId`. Sets `victims`, the sessions that have to end for it, those that would end first, with
 * their other ids; and `ghosts`, the entries without a record. Returns from the script where there is no room; where it
 * is late, with the time; and where there seems to be none and Redis can't tell what is a session (`judge` is `ask`),
 * with the texts: then the caller looks at them and calls again (`told`), with those that are none as `uncounted`.
 *
 * Looks at records only where the index looks full, and then at a thousand at most: of more sessions, those that end
 * last count without a look. Writes nothing.
 */
export const findRoom = (sets: LegacySets): string => `
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  local size = call('ZCOUNT', index, now, '+inf')
  ${sets.only("size = math.max(size, call('SCARD', legacySet))")}
  if size >= tonumber(limit) then
    local live, absent, texts = {}, {}, {}
    ${examine({
      session: "live[#live + 1], texts[id] = id, value",
      absent: "absent[#absent + 1] = id",
      isJudged: "judge",
    })}
    ${examineSet(sets)}
    local unseen = math.max(0, call('ZCOUNT', index, now, '+inf') - 1000)
    examine(call('ZRANGEBYSCORE', index, now, '+inf', 'LIMIT', '0', '1000'))
    local counted, none = {}, {[storedId] = true}
    for _, id in ipairs(uncounted) do none[id] = true end
    for _, id in ipairs(live) do
      if not none[id] then counted[#counted + 1] = id end
    end
    local surplus = #counted + unseen + 1 - limit
    if judge == 'ask' and surplus > 0 and #counted > 0 then
      local found = {}
      for _, id in ipairs(counted) do
        found[#found + 1] = id
        found[#found + 1] = texts[id]
      end
      return found
    end
    if surplus > 0 and whenFull == 'reject' then return -1 end
    for i = 1, math.min(surplus, #counted) do
      local id = counted[i]
      ${findLinked("texts[id]", "id")}
      victims[#victims + 1] = id
      for _, other in ipairs(linked) do victims[#victims + 1] = other end
    end
    ghosts = absent
  end`;

/** Ends the victims, and the entries of nobody. Needs the locals that `findRoom` sets, and `storedId`. */
export const makeRoom = (sets: LegacySets): string => `
for _, id in ipairs(ghosts) do
  if id ~= storedId then call('ZREM', index, id) end
end
local linked = victims
${endLinked(sets, "replaced")}`;
