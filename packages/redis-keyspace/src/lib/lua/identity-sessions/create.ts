import { enter, prune, time } from "../fragments.js";
import { defineScript } from "../script.js";
import { adoptPointed, measure } from "./fragments.js";

/**
 * `revoked`: the user is gone. Exactly the same record is no other one. `elapsed`: its end has passed by Redis's clock.
 * `unsettled`: it is late, see `atomic/room.ts`.
 */
export const create = defineScript({
  name: "identity-sessions create",
  keys: ["record", "index", "pointer", "user"],
  args: [
    ...["value", "deadline", "storedId", "userId", "recordPrefix", "expiresAtField"],
    ...["limit?", "whenFull?", "sendBefore?"],
  ] as const,
  answers: { 1: "created", 0: "exists", [-1]: "limit", [-2]: "revoked", [-3]: "elapsed", list: "unsettled" },
  lua: `
${adoptPointed}
${measure}
${time}
if tonumber(deadline) <= now then return -3 end
if call('EXISTS', user) == 0 then return -2 end
local present = call('GET', record)
if present then return present == value and 1 or 0 end
local legacy, legacyEnd = foreignPointed(pointer, userId)
local surplus, makeRoom = 0, nil
call('ZCARD', index)
if limit then
  if sendBefore and now > tonumber(sendBefore) then return {string.format('%.0f', now)} end
  surplus, makeRoom = measure(index, limit, legacy)
end
if surplus > 0 and whenFull == 'reject' then return -1 end
call('SET', record, value, 'PXAT', deadline)
adopt(legacy, index, legacyEnd)
if makeRoom then makeRoom() end
${enter("index", "storedId", "deadline", "record", prune("index"))}
call('SET', pointer, record, 'PXAT', deadline)
tell('created', storedId)
return 1`,
});
