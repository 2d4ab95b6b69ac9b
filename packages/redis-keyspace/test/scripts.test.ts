import { parse } from "luaparse";
import { describe, expect, test } from "vitest";
import { defineScript, type NamedScript } from "../src/lib/lua/script.js";
import type { Script } from "../src/lib/redis/driver.js";
import { allScripts } from "./all-scripts.js";

/** The forms of a script that are sent besides itself. */
function around({ remembers, checks, makesKeysUp, variant }: NamedScript): Script[] {
  return [false, true].flatMap((watching) =>
    [true, false].flatMap((remembering) =>
      [true, false].flatMap((checking) =>
        (watching || remembering || checking) &&
        makesKeysUp >= watching &&
        remembers >= remembering &&
        checks >= checking
          ? [variant({ remembering, checking, watching })]
          : [],
      ),
    ),
  );
}

/** What Redis gives a script: https://redis.io/docs/latest/develop/programmability/lua-api/ */
const libraries = ["redis", "KEYS", "ARGV", "cjson", "string", "table", "math"];
const functions = ["unpack", "tonumber", "tostring", "type", "pcall", "ipairs", "next"];
const known = [...libraries, ...functions];

describe.each(allScripts.map((script) => [script.name, script] as const))("the script %s", (_, script) => {
  const names = [...script.keys, ...script.args].map((name) => name.replace(/^\.\.\.|\?$/g, ""));

  const variants = [script, ...around(script)];

  test("is Lua 5.1 and uses nothing that Redis does not have", () => {
    for (const { source } of variants) {
      const { globals = [] } = parse(source, { luaVersion: "5.1", scope: true }) as { globals?: { name: string }[] };
      expect(globals.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
    }
  });

  test("uses its keys and arguments by their names", () => {
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    const lines = variants.flatMap(({ source }) => source.split("\n"));
    const places = lines.filter((line) => /\b(KEYS|ARGV)\b/.test(line));
    expect(places.filter((line) => !/^local \w|^for i = \d+, #(KEYS|ARGV) do (\w+)\[#\2 \+ 1\]/.test(line))).toEqual(
      [],
    );
  });
});

test("no two scripts have one name", () => {
  expect(new Set(allScripts.map(({ name }) => name)).size).toBe(allScripts.length);
});

test("what is sent to Redis is what was looked at last", async () => {
  const text = allScripts.map((script) => `-- ${script.name}\n${script.source}\n${added(script)}`).join("\n");
  await expect(text).toMatchFileSnapshot("scripts.lua");
});

/** The lines that stand around a script. */
function added(script: NamedScript): string {
  const own = new Set(script.source.split("\n"));
  const lines = around(script)[0]?.source.split("\n") ?? [];
  return lines.flatMap((line) => (own.has(line) ? [] : [`  -- ${line}\n`])).join("");
}

describe("a script's names", () => {
  const script = defineScript({
    name: "sample",
    keys: ["record", "index?", "legacySet?"],
    args: ["value", "limit?", "whenFull?", "...members"],
    answers: { 1: "done", 0: "gone", text: "conflict", list: "found" },
    lua: "return {record, index or 0, legacySet or 0, value, limit or 0, whenFull or 0, #members}",
  });

  test("what is not given at the end is not sent; in between something stands for it", () => {
    expect(script.keysOf({ record: "r" })).toEqual(["r"]);
    expect(script.keysOf({ record: "r", legacySet: "l" })).toEqual(["r", "r", "l"]);
    expect(script.argsOf({ value: "v", members: [] })).toEqual(["v"]);
    expect(script.argsOf({ value: "v", limit: "1", members: [] })).toEqual(["v", "1"]);
    expect(script.argsOf({ value: "v", whenFull: "reject", members: ["a", "b"] })).toEqual([
      "v",
      "",
      "reject",
      "a",
      "b",
    ]);
  });

  test("an answer has its name, and one that is not listed is an error", () => {
    expect(script.answerOf(1)).toEqual({ kind: "done" });
    expect(script.answerOf("another value")).toEqual({ kind: "conflict", text: "another value" });
    expect(script.answerOf(["a", null])).toEqual({ kind: "found", list: ["a", null] });
    for (const reply of [2, null, undefined, true, "QUEUED".length, {}]) {
      expect(() => script.answerOf(reply)).toThrow(expect.objectContaining({ code: "ERR_REDIS_REPLY" }));
    }
  });
});

describe("what stands around a script", () => {
  const script = defineScript({
    name: "sample",
    keys: ["record", "index?"],
    args: ["recordPrefix", "indexPrefix", "...ids"],
    answers: { 1: "done", 0: "gone", text: "found", list: "listed" },
    remembers: ["done", "found"],
    lua: `
local function get(key) return call('GET', key) end
local other = indexPrefix .. ids[1]
call('ZADD', other, 1, record)
call('UNLINK', recordPrefix .. ids[1])
call('TIME')
return get(record)`,
  });

  test("asks for each command and the key that it is used with", () => {
    const { source } = script.variant({ remembering: false, checking: true });
    const asked = [...source.matchAll(/not \((.*)\) and/g)].map(([, uses]) => uses);
    expect(asked).toEqual([
      "may('GET', record) or may('GET', recordPrefix) or may('GET', indexPrefix)",
      "may('ZADD', indexPrefix)",
      "may('UNLINK', recordPrefix)",
      "may('TIME', '')",
    ]);
  });

  test("remembers the answers that are listed, and no others", () => {
    const { source } = script.variant({ remembering: true, checking: false });
    expect(source).toContain("if answer == 1 or type(answer) == 'string' then");
    expect(source).toContain("local operation, lifetime = table.remove(KEYS), table.remove(ARGV)");
  });

  test("is made once, so that its hash is too", () => {
    const which = { remembering: true, checking: true };
    expect(script.variant(which)).toBe(script.variant({ ...which }));
  });
});
