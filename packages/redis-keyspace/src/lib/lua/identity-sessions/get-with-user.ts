import { time } from "../fragments.js";
import { defineScript } from "../script.js";
import { adopt } from "./fragments.js";

/** The record and its user's. */
export const getWithUser = defineScript({
  name: "identity-sessions get-with-user",
  short: true,
  keys: ["record"],
  args: ["recordPrefix", "indexPrefix", "userPrefix", "expiresAtField"],
  answers: { 0: "gone", list: "found" },
  checks: false,
  lua: `
${adopt}
local value, at = get(record)
local userId = text(value, at, '"userId"')
local user = userId and call('GET', userPrefix .. userId)
if not user then return 0 end
local deadline = foreign(record, value, at)
${time}
-- A server that takes no writes can still say who is signed in.
pcall(adopt, record, indexPrefix .. userId, deadline)
if deadline and deadline <= now then return 0 end
return {value, user}`,
});
