import type { Script } from "./driver.js";
import { type ApartScriptName, apartScripts } from "./scripts/apart.js";
import { type TogetherScriptName, togetherScripts } from "./scripts/together.js";

// The Lua that runs in Redis (6.2 and later). Two families, for the two executions of one protocol (see `store/`):
//
//   together   the record and its index in one script: create, replace, touch, extend, rotate, remove, removeAll, list
//   apart      one key a script: index*, peer*, and the first family's scripts without an index
//
// A key that does not apply is given as KEYS[1], because a Cluster refuses an empty key, or left out at the end. Record
// keys of other members are made up from a prefix; they are in the slot of the declared keys, or else there is no Cluster.
// The clock is the server's, because it is the server that expires the records. JSON is read here, never written: cjson
// changes what it re-encodes. Large numbers are handed to Redis as text: some versions write round ones with an exponent,
// which is no integer to it.

export type ScriptName = TogetherScriptName | ApartScriptName;

const sources: { readonly [Name in ScriptName]: string } = { ...togetherScripts, ...apartScripts };

export const scripts: { readonly [Name in ScriptName]: Script } = Object.fromEntries(
  Object.entries(sources).map(([name, source]) => [name, { name, source: source.trim() }]),
) as unknown as { readonly [Name in ScriptName]: Script };
