// Redis's commands in memory: what they answer, refuse and leave is what a real Redis answers, refuses and leaves.
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, expect, test } from "vitest";
import { alike, inRedisWords, SideBySide, type Step } from "./differential.js";
import { resolve } from "./script-inputs.js";
import "./seed.js";
import { sharedRedis } from "./targets.js";

const redis = new Redis(sharedRedis());
afterAll(() => redis.disconnect());
const both = new SideBySide(sharedRedis(), 8);
afterAll(() => both.close());

/** Redis 8 and Valkey 9 read no score behind a space. */
const spaced = await redis.zcount("none", " 1", "1").then(
  () => [" 1"],
  () => [],
);

/** What makes sense, and now and then what does not, or hardly. */
const mostly = (usual: readonly string[], odd: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ arbitrary: fc.constantFrom(...usual), weight: 8 }, { arbitrary: fc.constantFrom(...odd), weight: 1 });

const key = fc.constantFrom("<p>a", "<p>é");
const texts = ["", "abc", "5", "-1", "ü€😀", "\ud800x", "\0\n", "9223372036854775807"];
const value = fc.oneof(fc.constantFrom(...texts), fc.string({ unit: "binary", maxLength: 4 }));
const member = mostly(["m", "n", "é"], ["M", "\u{10000}", "\uffff", ...texts]);
const tooBig = ["9223372036854775808", "-9223372036854775808"];
const integer = mostly(
  ["-3", "-2", "-1", "0", "1", "2", "5"],
  ["", ...spaced, "01", "+1", "-0", "1.5", "x", ...tooBig],
);
const score = mostly(
  ["-1", "0", "1", "2.5", "-inf", "inf"],
  ["1e3", "+7", ".5", "+Infinity", "x", "", "nan", ...spaced],
);
const bound = fc.oneof(
  score,
  score.map((it) => `(${it}`),
);
// A time from now is never near one of `at`: Redis's clock goes on between two commands, and memory's stands still. For the
// same reason nothing compares two times from now.
const inMs = mostly(["150000", "250000", "350000"], ["0", "-5", "9223372036854775807", "1.5"]);
const at = mostly(["<+100000>", "<+200000>", "<+300000>"], ["<-100000>", "0", "-5", "x"]);

const word = (...words: string[]): fc.Arbitrary<string[]> => mostly(words, ["y", ...words]).map((it) => [it]);
const options = (...arbitraries: fc.Arbitrary<string[]>[]): fc.Arbitrary<string[]> =>
  fc.array(fc.oneof(...arbitraries), { maxLength: 2 }).map((all) => all.flat());
const withAny = (option: string, time: fc.Arbitrary<string>) => time.map((it) => [option, it]);
const limit = fc.tuple(integer, integer).map(([offset, count]) => ["LIMIT", offset, count]);
const scored = fc.array(fc.tuple(score, member), { minLength: 1, maxLength: 3 }).map((pairs) => pairs.flat());

type Part = fc.Arbitrary<string> | fc.Arbitrary<string[]>;
const some = (part: fc.Arbitrary<string>) => fc.array(part, { minLength: 1, maxLength: 3 });

/** Commands, each with what follows its name. */
type Family = Readonly<Record<string, readonly Part[]>>;

const strings: Family = {
  GET: [key],
  MGET: [some(key)],
  SET: [key, value, options(word("NX", "xx", "KEEPTTL"), withAny("PX", inMs), withAny("PXAT", at))],
  STRLEN: [key],
  GETRANGE: [key, integer, integer],
  SETRANGE: [key, integer, value],
  INCR: [key],
};

const sets: Family = {
  SADD: [key, some(member)],
  SREM: [key, some(member)],
  SISMEMBER: [key, member],
  SMEMBERS: [key],
  SCARD: [key],
};

const end = fc.oneof(integer, bound);
const sortedSets: Family = {
  ZADD: [key, options(word("NX", "XX", "GT", "lt", "CH")), scored],
  ZREM: [key, some(member)],
  ZSCORE: [key, member],
  ZCARD: [key],
  ZCOUNT: [key, bound, bound],
  ZRANGE: [key, end, end, options(word("WITHSCORES", "REV", "BYSCORE"), limit)],
  ZREVRANGE: [key, integer, integer, options(word("withscores", "REV"), limit)],
  ZRANGEBYSCORE: [key, bound, bound, options(word("WITHSCORES", "BYSCORE"), limit)],
  ZREVRANGEBYSCORE: [key, bound, bound, options(word("WITHSCORES"), limit)],
  ZREMRANGEBYSCORE: [key, bound, bound],
};

const ofAnyKey: Family = {
  EXISTS: [some(key)],
  DEL: [some(key)],
  UNLINK: [some(key)],
  TYPE: [key],
  PTTL: [key],
  PEXPIRE: [key, inMs, options(word("NX", "xx"))],
  PEXPIREAT: [key, at, options(word("NX", "XX", "gt", "LT"))],
  NOSUCH: [key],
};

const command = (family: Family): fc.Arbitrary<string[]> =>
  fc.oneof(
    ...Object.entries(family).map(([name, parts]) =>
      fc
        .tuple(fc.constantFrom(name, name.toLowerCase()), ...(parts as readonly fc.Arbitrary<string | string[]>[]))
        .map((words) => words.flat()),
    ),
  );

/** As it is, by a script, or by a script that tells what it gets. Now and then a word is missing. */
const calls = (family: Family) => {
  const words = fc.oneof({ arbitrary: command(family), weight: 3 }, { arbitrary: command(ofAnyKey), weight: 2 });
  const sent = fc
    .tuple(words, fc.nat({ max: 30 }))
    .map(([all, cut]) => (cut === 0 && all.length > 1 ? all.slice(0, -1) : all));
  return fc.array(fc.tuple(fc.constantFrom("", "call", "pcall"), sent), { minLength: 1, maxLength: 30, size: "max" });
};

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
  const source =
    way === "pcall" && !isSet(words)
      ? `${describe}\nreturn describe(redis.pcall(unpack(ARGV)))`
      : "return redis.call(unpack(ARGV))";
  return { script: { name: way, source }, keys: [], args: words };
}

/** Its members come in any order. */
const isSet = ([name]: readonly string[]): boolean => name?.toUpperCase() === "SMEMBERS";

/** What a script tells of an error. */
const worded = (reply: unknown): unknown => (typeof reply === "string" ? inRedisWords(reply) : reply);

const sorted = (reply: unknown): unknown => (Array.isArray(reply) ? [...reply].sort() : reply);

test.each<[string, Family]>([
  ["strings", strings],
  ["sets", sets],
  ["sorted sets", sortedSets],
  ["keys of every type", { ...strings, ...sets, ...sortedSets }],
])("commands of %s answer and leave the same", async (_, family) => {
  await fc.assert(
    fc.asyncProperty(calls(family), async (all) => {
      const { real, memory } = await both.run((prefix, now) =>
        all.map(([way, words]) =>
          step(
            way,
            words.map((text) => resolve(text, prefix, now)),
          ),
        ),
      );
      for (const [i, [, words]] of all.entries()) {
        const [answer, expected] = [memory.replies[i], real.replies[i]].map(isSet(words) ? sorted : worded);
        if (!alike(answer, expected)) expect({ words, answer }).toEqual({ words, answer: expected });
      }
      if (!alike(memory.keyspace, real.keyspace)) expect(memory.keyspace).toEqual(real.keyspace);
    }),
    { numRuns: 500 },
  );
});
