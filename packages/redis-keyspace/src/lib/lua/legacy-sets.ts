import { leave, prune } from "./fragments.js";

// A legacy package keeps, for each user, a set of session ids without deadlines. A store beside one keeps these sets up
// to date; the scripts of any other store know nothing of sets. So there are two families of scripts, and these are the
// places where they differ.

export interface LegacySets {
  /** What stands in front of a script's name. */
  readonly name: string;
  /** Enters a stored id that has just entered the index. `record` is its record, just written. */
  enter(set: string, index: string, storedId: string, record: string): string;
  /** Takes a stored id out of the index, and of the set. `ends`: see `leave` of the fragments. */
  leave(index: string, set: string, storedId: string, ends?: readonly [string, string]): string;
  /** Takes it out of the set alone. */
  forget(set: string, storedId: string): string;
  /** Removes elapsed entries. Needs `now`. */
  prune(index: string, set: string, recordPrefix: string): string;
  /** `lua` only beside a set. */
  only(lua: string): string;
  /** `lua` only where there are no sets. */
  unless(lua: string): string;
}

export const noLegacySets: LegacySets = {
  name: "",
  enter: () => "",
  leave: (index, _, storedId, ends) => leave(index, storedId, ends),
  forget: () => "",
  prune: (index) => prune(index),
  only: () => "",
  unless: (lua) => lua,
};

export const besideLegacySets: LegacySets = {
  name: "legacy ",
  // Twice the lifetime outlives what legacy processes renew meanwhile. The index lives as long, because it knows which
  // members of the set have elapsed.
  enter: (set, index, storedId, record) => `
do
  call('SADD', ${set}, ${storedId})
  local lifetime = 2 * call('PTTL', ${record})
  local ms = string.format('%.0f', lifetime)
  if call('PTTL', ${set}) < lifetime then call('PEXPIRE', ${set}, ms) end
  if call('PTTL', ${index}) < lifetime then call('PEXPIRE', ${index}, ms) end
end`,
  leave: (index, set, storedId) => `
call('SCARD', ${set})
call('ZREM', ${index}, ${storedId})
call('SREM', ${set}, ${storedId})`,
  forget: (set, storedId) => `call('SREM', ${set}, ${storedId})`,
  // A legacy process may have renewed a record that the index takes for elapsed.
  prune: (index, set, recordPrefix) => `
for _, elapsed in ipairs(call('ZRANGEBYSCORE', ${index}, '(0', '(' .. now)) do
  if call('EXISTS', ${recordPrefix} .. elapsed) == 0 then call('SREM', ${set}, elapsed) end
end
${prune(index)}`,
  only: (lua) => lua,
  unless: () => "",
};
