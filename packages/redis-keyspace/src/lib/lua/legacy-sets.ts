import { leave, prune } from "./fragments.js";

// The replaced packages keep, for each user, a set of session ids without deadlines. A store beside them runs the same
// scripts with the sets kept up to date; a store of its own runs scripts that know nothing of sets. So there are two
// families of scripts, and these are the places where they differ.

export interface LegacySets {
  /** What stands in front of a script's name. */
  readonly name: string;
  /** After a member has entered the index. `record` is its record, just written. */
  enter(set: string, index: string, storedId: string, record: string): string;
  /** Takes a member out of the index, and of the set. */
  leave(index: string, set: string, storedId: string): string;
  /** The set's part of that alone. */
  forget(set: string, storedId: string): string;
  /** Removes elapsed members. Needs `now`. */
  prune(index: string, set: string, recordPrefix: string): string;
  /** What only one of the families has. */
  only(lua: string): string;
  /** `lua` where there are no sets: beside a set, the index ends when the set does. */
  unless(lua: string): string;
}

export const noLegacySets: LegacySets = {
  name: "",
  enter: () => "",
  leave: (index, _, storedId) => leave(index, storedId),
  forget: () => "",
  prune: (index) => prune(index),
  only: () => "",
  unless: (lua) => lua,
};

export const besideLegacySets: LegacySets = {
  name: "legacy ",
  // Twice the lifetime outlives what old processes renew meanwhile. The index lives as long: it knows which members of the
  // set have elapsed.
  enter: (set, index, storedId, record) => `
do
  call('SADD', ${set}, ${storedId})
  local lifetime = 2 * call('PTTL', ${record})
  local ms = string.format('%.0f', lifetime)
  if call('PTTL', ${set}) < lifetime then call('PEXPIRE', ${set}, ms) end
  if call('PTTL', ${index}) < lifetime then call('PEXPIRE', ${index}, ms) end
end`,
  leave: (index, set, storedId) => `
call('SREM', ${set}, ${storedId})
call('ZREM', ${index}, ${storedId})`,
  forget: (set, storedId) => `call('SREM', ${set}, ${storedId})`,
  // An old process may have renewed a record that the index takes for elapsed.
  prune: (index, set, recordPrefix) => `
for _, elapsed in ipairs(call('ZRANGEBYSCORE', ${index}, '(0', '(' .. now)) do
  if call('EXISTS', ${recordPrefix} .. elapsed) == 0 then call('SREM', ${set}, elapsed) end
end
${prune(index)}`,
  only: (lua) => lua,
  unless: () => "",
};
