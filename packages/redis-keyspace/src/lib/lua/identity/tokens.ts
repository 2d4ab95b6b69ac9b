import { enter, prune } from "../fragments.js";
import { luaSame } from "../json.js";
import { defineScript } from "../script.js";
import { records } from "./fragments.js";

// An index of an identifier's tokens is a sorted set by their deadlines.

export const createToken = defineScript({
  name: "create-token",
  short: true,
  keys: ["token", "index"],
  args: ["value", "deadline", "storedId"],
  answers: { 1: "created" },
  remembers: ["created"],
  lua: `
call('ZCARD', index)
call('SET', token, value, 'PXAT', deadline)
${enter("index", "storedId", "deadline", "token", prune("index"))}
return 1`,
});

/** Removes a token that has these names and values, as JSON, and answers it. */
export const useToken = defineScript({
  name: "use-token",
  short: true,
  keys: ["token", "index"],
  args: ["storedId", "...match"],
  answers: { 0: "gone", text: "used" },
  remembers: ["used"],
  lua: `
${records}
${luaSame}
local value, at = get(token)
if not at or not same(value, at, match) then return 0 end
call('ZREM', index, storedId)
call('UNLINK', token)
return value`,
});
