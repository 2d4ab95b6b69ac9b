import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { NamedScript } from "../src/lib/lua/script.js";
import { toBytes } from "../src/lib/memory/bytes.js";
import { execute, fromScript } from "../src/lib/memory/commands.js";
import { MemoryKeyspace } from "../src/lib/memory/keyspace.js";
import { LuaEngine } from "../src/lib/memory/lua.js";
import { allScripts } from "./all-scripts.js";
import { inputs, resolve } from "./script-inputs.js";
import "./seed.js";

// Servers that check keys refuse a script that uses one it was not given. So what does that is known, and written down.

/** Whether a script was seen to use a key that it was not given. */
function makesKeysUp(script: NamedScript): boolean {
  let given: ReadonlySet<string> = new Set();
  let found = false;
  let keyspace = new MemoryKeyspace();
  const engine = new LuaEngine((name, args) => {
    const [key] = args;
    if (key !== undefined && !given.has(key)) found = true;
    return execute(keyspace, name, args, fromScript);
  });
  const now = Date.now();
  const bytes = (text: string) => toBytes(resolve(text, "p:", now));
  // Few would do where no prefix is given; what makes keys up seldom has to be seen to.
  const numRuns = script.args.some((name) => /Prefix\??$/.test(name)) ? 4000 : 40;
  const samples = fc.sample(inputs(script), { numRuns, seed: 1 });
  for (const { state, keys, args } of samples) {
    if (found) break;
    keyspace = new MemoryKeyspace();
    keyspace.now = now;
    for (const [name = "", ...rest] of state) execute(keyspace, toBytes(name), rest.map(bytes));
    given = new Set(keys.map(bytes));
    try {
      engine.run(script.source, keys.map(bytes), args.map(bytes));
    } catch {
      // What it was given need not be right; what it used counts.
    }
  }
  return found;
}

const found = allScripts.filter(makesKeysUp).map(({ name }) => name);

test("the page of servers lists the scripts that use keys which they were not given", () => {
  const page = readFileSync(new URL("../../../docs/servers.md", import.meta.url), "utf8");
  const listed = page.split("<!-- made-up keys -->")[1] ?? "";
  const names = [...listed.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  expect(names.sort()).toEqual(found.sort());
});

test("each of them has the line with which Dragonfly allows it, and no other does", () => {
  for (const script of allScripts) {
    const allowed = script.source.startsWith("--!df flags=allow-undeclared-keys\n");
    if (found.includes(script.name)) expect(allowed, script.name).toBe(true);
    if (allowed)
      expect(
        script.args.some((name) => /Prefix\??$/.test(name)),
        script.name,
      ).toBe(true);
  }
});
