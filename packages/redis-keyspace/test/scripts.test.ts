import { parse } from "luaparse";
import { describe, expect, test } from "vitest";
import { defineScript } from "../src/lib/lua/script.js";
import { allScripts } from "./all-scripts.js";

/** What Redis gives a script: https://redis.io/docs/latest/develop/programmability/lua-api/ */
const libraries = ["redis", "KEYS", "ARGV", "cjson", "string", "table", "math"];
const functions = ["unpack", "tonumber", "tostring", "type", "pcall", "ipairs", "next"];
const known = [...libraries, ...functions];

describe.each(allScripts.map((script) => [script.name, script] as const))("the script %s", (_, script) => {
  const names = [...script.keys, ...script.args].map((name) => name.replace(/^\.\.\.|\?$/g, ""));

  test("is Lua 5.1 and uses nothing that Redis does not have", () => {
    const { globals = [] } = parse(script.source, { luaVersion: "5.1", scope: true }) as {
      globals?: { name: string }[];
    };
    expect(globals.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
  });

  test("uses its keys and arguments by their names", () => {
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    const places = script.source.split("\n").filter((line) => /\b(KEYS|ARGV)\b/.test(line));
    expect(places.filter((line) => !/^local \w|^for i = \d+, #(KEYS|ARGV) do (\w+)\[#\2 \+ 1\]/.test(line))).toEqual(
      [],
    );
  });
});

test("no two scripts have one name", () => {
  expect(new Set(allScripts.map(({ name }) => name)).size).toBe(allScripts.length);
});

test("what is sent to Redis is what was looked at last", async () => {
  const text = allScripts.map(({ name, source }) => `-- ${name}\n${source}\n`).join("\n");
  await expect(text).toMatchFileSnapshot("scripts.lua");
});

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
    expect(script.argsOf({ value: "v", members: [] })).toEqual(["v", "", ""]);
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
