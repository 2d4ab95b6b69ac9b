import { time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";

// What `create` and `update` do about a limit. Both have the locals index, legacySet, recordPrefix, limit and whenFull.

/** Sets `surplus`: how many sessions have to end before another may enter. */
export const countSurplus = (sets: LegacySets): string => `
  ${time}
  ${sets.prune("index", "legacySet", "recordPrefix")}
  surplus = call('ZCARD', index) + 1 - limit
  if surplus > 0 and whenFull == 'reject' then return -1 end`;

/** Ends so many of those that would expire first. */
export const evictSurplus = (sets: LegacySets): string => `
if surplus > 0 then
  for _, other in ipairs(call('ZRANGE', index, 0, surplus - 1)) do
    call('UNLINK', recordPrefix .. other)
    call('ZREM', index, other)
    ${sets.forget("legacySet", "other")}
  end
end`;
