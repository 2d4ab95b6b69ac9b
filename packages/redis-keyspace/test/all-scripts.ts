import { atomicScripts, legacyAtomicScripts } from "../src/lib/lua/atomic/index.js";
import * as linkScripts from "../src/lib/lua/identity/links.js";
import * as tokenScripts from "../src/lib/lua/identity/tokens.js";
import * as userScripts from "../src/lib/lua/identity/users.js";
import * as userSessionScripts from "../src/lib/lua/identity-sessions/index.js";
import * as probe from "../src/lib/lua/probe.js";
import type { NamedScript } from "../src/lib/lua/script.js";
import { indexScripts, legacyIndexScripts } from "../src/lib/lua/stepwise/index-scripts.js";
import * as legacySetScripts from "../src/lib/lua/stepwise/legacy-set-scripts.js";
import * as recordScripts from "../src/lib/lua/stepwise/record-scripts.js";
import * as valueScripts from "../src/lib/lua/values.js";

/** Every script that this package can send, each once. */
export const allScripts: readonly NamedScript[] = [
  ...new Set(
    [
      ...[atomicScripts, legacyAtomicScripts],
      ...[indexScripts, legacyIndexScripts, recordScripts, legacySetScripts, probe],
      ...[userScripts, linkScripts, tokenScripts, userSessionScripts, valueScripts],
    ].flatMap((family) => Object.values(family) as unknown as NamedScript[]),
  ),
];
