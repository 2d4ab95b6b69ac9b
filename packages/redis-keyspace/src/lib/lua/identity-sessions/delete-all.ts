import { deleteIndexed } from "../atomic/delete-all.js";
import { settle, time } from "../fragments.js";
import { defineScript } from "../script.js";
import { adoptPointed } from "./fragments.js";

/** Removes all of a user's records but `except`; answers how many there were. */
export const deleteAll = defineScript({
  name: "identity-sessions delete-all",
  keys: ["index", "pointer"],
  args: ["userId", "recordPrefix", "expiresAtField", "...except"],
  answers: { number: "deleted" },
  remembers: ["deleted"],
  lua: `
${adoptPointed}
local legacy, legacyEnd = foreignPointed(pointer, userId)
local last = call('GET', pointer)
${deleteIndexed(false)}
if keeps then ${settle("index")} end
if legacy then
  ${time}
  unlink({string.sub(legacy, #recordPrefix + 1)}, function() end, legacyEnd > now)
end
if last and call('EXISTS', last) == 0 then call('UNLINK', pointer) end
return deleted`,
});
