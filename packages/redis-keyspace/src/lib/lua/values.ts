import { defineScript } from "./script.js";

// A key by itself, which holds any text: what adapters keep beside sessions.

export const setValue = defineScript({
  name: "set-value",
  short: true,
  keys: ["record"],
  args: ["value", "lifetimeMs"],
  answers: { 1: "stored" },
  lua: `
call('SET', record, value, 'PX', lifetimeMs)
return 1`,
});

/** Of all who take a value, one gets it. */
export const takeValue = defineScript({
  name: "take-value",
  short: true,
  keys: ["record"],
  args: [],
  answers: { 0: "gone", text: "taken" },
  remembers: ["taken"],
  lua: `
local value = call('GET', record)
if not value then return 0 end
call('UNLINK', record)
return value`,
});

/** Counts one more. A counter ends a fixed time after its first. */
export const increment = defineScript({
  name: "increment",
  short: true,
  keys: ["record"],
  args: ["lifetimeMs"],
  answers: { number: "count" },
  remembers: ["count"],
  lua: `
local count = call('INCR', record)
if count == 1 then call('PEXPIRE', record, lifetimeMs) end
return count`,
});
