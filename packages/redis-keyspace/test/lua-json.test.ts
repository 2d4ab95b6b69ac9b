// The Lua that changes JSON where it stands, against JSON itself.
import fc from "fast-check";
import { Redis } from "ioredis";
import { memoryDriver } from "redis-keyspace/memory";
import { afterAll, describe, expect, inject, test } from "vitest";
import { luaMembers, luaMerge } from "../src/lib/lua/json.js";

const redis = new Redis(inject("redisUrl"));
afterAll(() => redis.disconnect());

const memory = memoryDriver();

type Run = (source: string, args: string[]) => Promise<unknown>;
const engines: [string, Run][] = [
  ["Redis", (source, args) => redis.eval(source, 0, ...args)],
  ["memory", (source, args) => memory.run({ name: "", source }, [], args)],
];

const merge = "local at, stop = members(ARGV[1]) return at and merge(ARGV[1], at, stop, {unpack(ARGV, 2)}) or false";

/** Names that are members of every object, or that JavaScript sorts, are left out: JSON has no opinion on them. */
const name = fc.string({ unit: "binary" }).filter((text) => text !== "__proto__" && !/^\d+$/.test(text));
const object = fc.dictionary(name, fc.jsonValue({ stringUnit: "binary" }), { noNullPrototype: true, maxKeys: 5 });

describe.each(engines)("in %s", (_, engine) => {
  const run = (script: string, ...args: string[]) => engine(`${luaMembers}${luaMerge}\n${script}`, args);

  test("members are replaced in their places and added at the end, and nothing else changes", async () => {
    await fc.assert(
      fc.asyncProperty(object, object, fc.nat(), async (record, additions, pick) => {
        const names = Object.keys(record);
        const changed = names.length === 0 ? {} : { [names[pick % names.length] as string]: pick };
        const changes = { ...additions, ...changed };
        const args = Object.entries(changes).flatMap((pair) => pair.map((part) => JSON.stringify(part)));
        expect(await run(merge, JSON.stringify(record), ...args)).toBe(JSON.stringify({ ...record, ...changes }));
      }),
      { numRuns: 500 },
    );
  });

  test("a member's value is its JSON, and its string if it is one", async () => {
    const read = `
    local at = members(ARGV[1])
    return {raw(ARGV[1], at, ARGV[2]) or false, plain(raw(ARGV[1], at, ARGV[2])) or false}`;
    await fc.assert(
      fc.asyncProperty(object, name, fc.string({ unit: "grapheme" }), async (record, other, text) => {
        const all = { ...record, [other]: text };
        for (const [member, value] of Object.entries(all)) {
          const [raw, plain] = (await run(read, JSON.stringify(all), JSON.stringify(member))) as (string | null)[];
          expect(raw).toBe(JSON.stringify(value));
          if (member === other) expect(plain).toBe(text);
          if (typeof value !== "string") expect(plain).toBeNull();
        }
      }),
      { numRuns: 200 },
    );
  });

  test.each(["", "null", "7", '"text"', "[]", '[{"a":1}]', "{", '{"a":1', '{"a":"', '{"a', "user:session:x"])(
    "%j is no object",
    async (text) => {
      expect(await run(merge, text, '"a"', "1")).toBeNull();
    },
  );
});
