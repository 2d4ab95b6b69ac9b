import { outlive, time } from "../fragments.js";
import type { LegacySets } from "../legacy-sets.js";
import { defineScript } from "../script.js";
import { findRoom, makeRoom } from "./room.js";

/** The record that was just written tells what time it is, without asking. */
const now = `
local left = call('PTTL', record)
local now = deadline - left`;

/**
 * Stores a record and enters it. `elapsed`: its end has passed by Redis's clock. `unsettled`: see `findRoom`.
 *
 * @param isDated Whether its text says when it was made: then a record with just this text is taken for the same command,
 *   sent twice.
 */
const store = (sets: LegacySets, isDated: boolean) =>
  defineScript({
    name: `${sets.name}create${isDated ? "" : " undated"}`,
    keys: ["record", "index?", "legacySet?"],
    args: [
      ...["value", "deadline", "storedId", "recordPrefix?"],
      ...["limit?", "whenFull?", "sendBefore?", "hasHeader?", "hashed?", "judge?", "...uncounted"],
    ] as const,
    answers: { 1: "created", 0: "exists", [-1]: "limit", [-2]: "elapsed", list: "unsettled" },
    ...(isDated ? {} : { remembers: ["created"] as const }),
    lua: `
local victims, ghosts
if limit and index ${isDated ? "and call('GET', record) ~= value " : ""}then
  ${time}
  if tonumber(deadline) <= now then return -2 end
  if call('EXISTS', record) == 1 then return 0 end
  victims, ghosts = {}, {}
  ${findRoom(sets)}
end
${sets.only("if legacySet then call('SCARD', legacySet) end")}
local entered = index and call('ZADD', index, 'NX', deadline, storedId)
if not call('SET', record, value, 'NX', 'PXAT', deadline) then
  if entered == 1 then call('ZREM', index, storedId) end
  ${isDated ? "if call('GET', record) ~= value then return 0 end\n  entered = 0" : "return 0"}
end
${now}
if left <= 0 then
  call('UNLINK', record)
  if entered == 1 then call('ZREM', index, storedId) end
  return -2
end
if index then
  if entered == 0 then call('ZADD', index, deadline, storedId) end
  if victims then
    ${makeRoom(sets)}
  end
  ${outlive("index", "deadline", sets.prune("index", "legacySet", "recordPrefix"))}
  ${sets.enter("legacySet", "index", "storedId", "record")}
end
tell('created', storedId)
return 1`,
  });

export const create = (sets: LegacySets) => store(sets, true);
export const createUndated = (sets: LegacySets) => store(sets, false);
