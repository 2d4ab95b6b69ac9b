import { collect } from "../atomic/list.js";
import { defineScript } from "../script.js";
import { adoptPointed, present } from "./fragments.js";

/** Stored id, value, stored id, value …, the one that ends last first. */
export const list = defineScript({
  name: "identity-sessions list",
  keys: ["index", "pointer"],
  args: ["userId", "recordPrefix", "expiresAtField"],
  answers: { list: "listed" },
  lua: `
${adoptPointed}
adoptPointed(pointer, index, userId)
${collect}
collect(call('ZREVRANGE', index, 0, -1))
return found`,
});

/** How many of a user's records are live. */
export const count = defineScript({
  name: "identity-sessions count",
  keys: ["index", "pointer"],
  args: ["userId", "recordPrefix", "expiresAtField"],
  answers: { number: "counted" },
  lua: `
${adoptPointed}
${present}
adoptPointed(pointer, index, userId)
return present(index)`,
});
