import { leave, owner } from "../fragments.js";
import { defineScript } from "../script.js";
import { unpoint } from "./fragments.js";

/** As the script of this name in `atomic/`. */
export const deleteOne = defineScript({
  name: "identity-sessions delete",
  keys: ["record"],
  args: ["storedId", "indexPrefix", "pointerPrefix", "onlyUserId?"],
  answers: { 0: "gone", text: "deleted", list: "unreadable" },
  lua: `
local value = call('GET', record)
if not value then return 0 end
${owner("'userId'")}
if not user then return {value} end
if onlyUserId and user ~= onlyUserId then return 0 end
call('UNLINK', record)
local index, pointer = indexPrefix .. user, pointerPrefix .. user
${leave("index", "storedId")}
${unpoint("pointer", "record")}
return value`,
});
