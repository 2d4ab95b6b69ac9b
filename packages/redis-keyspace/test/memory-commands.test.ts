// Redis's commands in memory: what they answer, refuse and leave is what a real Redis answers, refuses and leaves.
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { alike, SideBySide, type Step } from "./differential.js";
import { resolve } from "./script-inputs.js";
import { sharedRedis } from "./targets.js";

const both = new SideBySide(sharedRedis(), 8);
afterAll(() => both.close());

const key = fc.constantFrom("<p>a", "<p>b", "<p>é");
const value = fc.oneof(
  fc.constantFrom("", "abc", "5", "-1", "9223372036854775807", "ü€😀", "\ud800x", "\0\n"),
  fc.string({ unit: "binary", maxLength: 4 }),
);
const member = fc.oneof(fc.constantFrom("m", "n", "M", "é", "z", "\u{10000}", "\uffff"), value);
const integer = fc.oneof(
  fc.integer({ min: -6, max: 6 }).map(String),
  fc.constantFrom("", " 1", "01", "+1", "-0", "1.5", "x", "9223372036854775808", "-9223372036854775808"),
);
const score = fc.constantFrom(
  "0",
  "-1",
  "1",
  "2.5",
  "1e3",
  "-3",
  "+7",
  ".5",
  "inf",
  "-inf",
  "+Infinity",
  "x",
  "",
  "nan",
  " 1",
);
const bound = fc.oneof(
  score,
  score.map((it) => `(${it}`),
);
const inMs = fc.constantFrom("100000", "200000", "300000", "0", "-5", "9223372036854775807", "1.5");
const at = fc.constantFrom("<+100000>", "<+200000>", "<+300000>", "<-100000>", "0", "-5", "x");

const word = (...words: string[]): fc.Arbitrary<string[]> => fc.constantFrom(...words).map((it) => [it]);
const options = (...arbitraries: fc.Arbitrary<string[]>[]): fc.Arbitrary<string[]> =>
  fc.array(fc.oneof(...arbitraries), { maxLength: 3 }).map((all) => all.flat());
const withAny = (option: string, time: fc.Arbitrary<string>) => time.map((it) => [option, it]);
const limit = fc.tuple(integer, integer).map(([offset, count]) => ["LIMIT", offset, count]);
const scored = fc.array(fc.tuple(score, member), { minLength: 1, maxLength: 3 }).map((pairs) => pairs.flat());

type Part = fc.Arbitrary<string> | fc.Arbitrary<string[]>;
const some = (part: fc.Arbitrary<string>) => fc.array(part, { minLength: 1, maxLength: 3 });

/** What follows the name of each command. */
const commands: Readonly<Record<string, readonly Part[]>> = {
  GET: [key],
  MGET: [some(key)],
  SET: [key, value, options(word("NX", "xx", "KEEPTTL", "y"), withAny("PX", inMs), withAny("PXAT", at))],
  STRLEN: [key],
  GETRANGE: [key, integer, integer],
  SETRANGE: [key, integer, value],
  INCR: [key],
  EXISTS: [some(key)],
  DEL: [some(key)],
  UNLINK: [some(key)],
  TYPE: [key],
  PTTL: [key],
  PEXPIRE: [key, inMs, options(word("NX", "xx", "GT", "LT", "y"))],
  PEXPIREAT: [key, at, options(word("NX", "XX", "gt", "LT"))],
  SADD: [key, some(member)],
  SREM: [key, some(member)],
  SISMEMBER: [key, member],
  SMEMBERS: [key],
  SCARD: [key],
  ZADD: [key, options(word("NX", "XX", "GT", "lt", "CH")), scored],
  ZREM: [key, some(member)],
  ZSCORE: [key, member],
  ZCARD: [key],
  ZCOUNT: [key, bound, bound],
  ZRANGE: [
    key,
    fc.oneof(integer, bound),
    fc.oneof(integer, bound),
    options(word("WITHSCORES", "REV", "BYSCORE", "y"), limit),
  ],
  ZREVRANGE: [key, integer, integer, options(word("withscores", "REV"), limit)],
  ZRANGEBYSCORE: [key, bound, bound, options(word("WITHSCORES", "BYSCORE"), limit)],
  ZREVRANGEBYSCORE: [key, bound, bound, options(word("WITHSCORES"), limit)],
  ZREMRANGEBYSCORE: [key, bound, bound],
  NOSUCH: [key],
};

const command = fc.oneof(
  ...Object.entries(commands).map(([name, parts]) =>
    fc
      .tuple(fc.constantFrom(name, name.toLowerCase()), ...(parts as readonly fc.Arbitrary<string | string[]>[]))
      .map((words) => words.flat()),
  ),
);

/** Now and then a word is missing. */
const sent = fc
  .tuple(command, fc.nat({ max: 30 }))
  .map(([words, cut]) => (cut === 0 ? words.slice(0, -1) : words).filter((_, i, all) => i > 0 || all.length > 0));

/** How it is sent: as it is, by a script, or by a script that tells what it gets. */
const via = fc.constantFrom("", "call", "pcall");

const describe = `
local function describe(reply)
  if type(reply) ~= 'table' then return type(reply) .. ' ' .. tostring(reply) end
  if reply.err then return 'error ' .. reply.err end
  if reply.ok then return 'status ' .. reply.ok end
  local parts = {}
  for i, part in ipairs(reply) do parts[i] = describe(part) end
  return #reply .. ' {' .. table.concat(parts, ', ') .. '}'
end`;

function step(way: string, words: readonly string[]): Step {
  if (way === "") return { command: words };
  const sort =
    words[0]?.toUpperCase() === "SMEMBERS"
      ? "if type(reply) == 'table' and not reply.err then table.sort(reply) end"
      : "";
  const answer = way === "call" ? "return reply" : "return describe(reply)";
  const source = `${way === "call" ? "" : describe}\nlocal reply = redis.${way}(unpack(ARGV))\n${sort}\n${answer}`;
  return { script: { name: way, source }, keys: [], args: words };
}

test("commands answer and leave the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(via, sent), { minLength: 1, maxLength: 25 }), async (calls) => {
      const { real, memory } = await both.run((prefix, now) =>
        calls.map(([way, words]) =>
          step(
            way,
            words.map((text) => resolve(text, prefix, now)),
          ),
        ),
      );
      for (const [i, [, words]] of calls.entries()) {
        const ordered = (reply: unknown) =>
          words[0]?.toUpperCase() === "SMEMBERS" && Array.isArray(reply) ? [...reply].sort() : reply;
        const [answer, expected] = [ordered(memory.replies[i]), ordered(real.replies[i])];
        if (!alike(answer, expected)) expect({ words, answer }).toEqual({ words, answer: expected });
      }
      if (!alike(memory.keyspace, real.keyspace)) expect(memory.keyspace).toEqual(real.keyspace);
    }),
    { numRuns: 500 },
  );
});
