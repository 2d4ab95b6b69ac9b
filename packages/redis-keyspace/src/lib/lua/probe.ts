import { defineScript } from "./script.js";

/** Does nothing, with keys in two slots: whether a server takes that has to be known before a script makes keys up. */
export const probe = defineScript({
  name: "probe",
  keys: ["record", "index"],
  args: [],
  answers: { 1: "taken" },
  lua: "return 1",
});
