import { deleteIndexed } from "../atomic/delete-all.js";
import { settle } from "../fragments.js";
import { defineScript } from "../script.js";
import { adoptPointed } from "./fragments.js";

/** Removes all of a user's records but `except`; answers how many there were. */
export const deleteAll = defineScript({
  name: "identity-sessions delete-all",
  keys: ["index", "pointer"],
  args: ["userId", "recordPrefix", "expiresAtField", "except?"],
  answers: { number: "deleted" },
  lua: `
${adoptPointed}
adoptPointed(pointer, index, userId)
${deleteIndexed(false)}
if except then ${settle("index")} end
local record = call('GET', pointer)
if record and call('EXISTS', record) == 0 then call('UNLINK', pointer) end
return deleted`,
});
