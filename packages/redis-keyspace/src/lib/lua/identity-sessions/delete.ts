import { leave, owner } from "../fragments.js";
import { defineScript } from "../script.js";

/** As the script of this name in `atomic/`. */
export const deleteOne = defineScript({
  name: "identity-sessions delete",
  short: true,
  keys: ["record"],
  args: ["storedId", "indexPrefix", "pointerPrefix", "onlyUserId?"],
  answers: { 0: "gone", text: "deleted", list: "unreadable" },
  remembers: ["deleted"],
  lua: `
local value = call('GET', record)
if not value then return 0 end
${owner("'userId'")}
if not user then return {value} end
if onlyUserId and user ~= onlyUserId then return 0 end
local index, pointer = indexPrefix .. user, pointerPrefix .. user
local last = call('GET', pointer)
${leave("index", "storedId")}
call('UNLINK', record)
if last == record then call('UNLINK', pointer) end
tell('revoked', storedId, user)
return value`,
});
