// Lua in memory is fengari's 5.3, kept to what Redis's 5.1 does: the same programs, side by side.
import fc from "fast-check";
import { Redis } from "ioredis";
import { memoryDriver } from "redis-keyspace/memory";
import { afterAll, expect, test } from "vitest";
import { inRedisWords } from "./differential.js";
import "./seed.js";
import { sharedRedis } from "./targets.js";

const redis = new Redis(sharedRedis(), { protocol: 2 });
afterAll(() => redis.disconnect());
const memory = memoryDriver();

async function outcome(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch {
    return "an error";
  }
}

/** The members of a table come in any order. */
function sorted(reply: unknown): unknown {
  if (typeof reply === "string") return inRedisWords(reply);
  if (!Array.isArray(reply)) return reply;
  const parts = reply.map(sorted);
  const ordered = parts.every(Array.isArray)
    ? parts.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    : parts;
  return ordered;
}

async function same(source: string, ...args: string[]): Promise<void> {
  const expected = sorted(await outcome(redis.eval(source, 0, ...args)));
  expect({ source, args, answer: sorted(await outcome(memory.run({ name: "", source }, [], args))) }).toEqual({
    source,
    args,
    answer: expected,
  });
}

const literal = fc.constantFrom(
  ..."1 3 10 1000 1e3 0x10 2^53 10^2 2147483647 2147483648 1763720000 1763720000000".split(" "),
  ..."0.5 2.5 1e15 1e100 9007199254740993 ARGV[1] ARGV[2] (ARGV[2]%7+1) #ARGV[1] tonumber(ARGV[2])".split(" "),
);

/** Arithmetic with numbers and with strings that are numbers. */
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    literal,
    fc
      .tuple(tie("expression"), fc.constantFrom("+", "-", "*", "/"), tie("expression"))
      .map((it) => `(${it.join(" ")})`),
    tie("expression").map((it) => `(- ${it})`),
    tie("expression").map((it) => `math.floor(${it})`),
    tie("expression").map((it) => `tonumber(tostring(${it}))`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `math.min(${a}, ${b})`),
  ),
}));

const number = fc.oneof(
  fc.constantFrom("5", "1763720000", "1763720000123", " 7 ", "0x1F", "1e3", ".5"),
  fc.integer().map(String),
);

test("numbers are doubles, and are written as 5.1 writes them", async () => {
  await fc.assert(
    fc.asyncProperty(expression, number, number, async (it, one, two) => {
      // The versions differ in which zeros have a sign; NaN is written as the processor likes.
      const source = `
local n = ${it}
if n ~= n then return 'nan' end
if n == 0 then return 'zero' end
return {tostring(n), n .. '', n < 5 and 1 or 0, n == 5 and 1 or 0}`;
      await same(source, one, two);
    }),
    { numRuns: 1000 },
  );
});

test("what is a number, and which whole number it is to a reply, a command and a format", async () => {
  const texts = fc.oneof(
    number,
    fc.constantFrom("", " ", "inf", "-inf", "infinity", "1e", "1.", ".", "0x", "1 2", "--5", "+5", "1e400", "ü"),
    fc.constantFrom("5\0", "5\0x", "-2147483648", "-21474836480", "4294967296"),
    fc.stringMatching(/^[-+. 0-9ex]{0,6}$/),
    fc.stringMatching(/^-?[0-9]{1,25}$/),
    fc.double({ noNaN: true }).map(String),
  );
  // From 7.2 on, Redis writes the fewest digits that mean the number, and no exponent for some.
  const tenth = "redis.call('SET', KEYS[1], 0.1, 'PX', 1000) return redis.call('GET', KEYS[1])";
  const written = (await redis.eval(tenth, 1, `memory-lua:${crypto.randomUUID()}`)) === "0.1" ? "meaning" : "digits";
  const source = `
local n = tonumber(ARGV[1])
if not n then return {'none'} end
local whole = n > -1e14 and n < 1e14
redis.call('SET', 'memory-lua:' .. ARGV[2], n)
local stored = redis.call('GET', 'memory-lua:' .. ARGV[2])
redis.call('DEL', 'memory-lua:' .. ARGV[2])
return {
  whole and n or 0,
  whole and string.format('%.0f %d %s %%', n, n, tostring(n)) or '',
  ARGV[3] == 'digits' and stored or tostring(tonumber(stored) == n),
  math.floor(n) == math.ceil(n) and 'whole' or 'broken',
}`;
  await fc.assert(
    fc.asyncProperty(texts, (text) => same(source, text, crypto.randomUUID(), written)),
    { numRuns: 500 },
  );
});

const patterns = fc.constantFrom(
  "^%d+$",
  "(%d+)%-(%d+)",
  "()b()",
  '^"([^"\\\\]*)"',
  '["{}%[%],]',
  "^%s*:%s*()",
  "%w+$",
  "[a-c]+",
  "é",
  ".-b",
  "%z",
  "%f[%w]",
);

test("strings are bytes, and patterns find the same places", async () => {
  const source = `
local text, pattern, i = ARGV[1], ARGV[2], tonumber(ARGV[3])
local cut = string.sub(text, i, -2)
return {
  #text, cut, string.byte(text, i) or 'none', string.upper(text), string.rep(text, 2), string.reverse(text),
  {string.find(text, pattern)}, {string.match(text, pattern, i)}, {string.gsub(text, pattern, '<%0>')},
  string.find(text, 'b', 1, true) or 0, table.concat({text, 5, 1e15, cut}, ','),
}`;
  const text = fc.oneof(
    fc.constantFrom("ab-12:3", '"x\\"y"', '{"a":[1]}', "12", "é\0b"),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  await fc.assert(
    fc.asyncProperty(text, patterns, fc.integer({ min: -3, max: 5 }), (it, pattern, i) =>
      same(source, it, pattern, String(i)),
    ),
    { numRuns: 500 },
  );
});

test("cjson reads JSON", async () => {
  const source = `
local function tell(value)
  if value == cjson.null then return 'null' end
  if type(value) ~= 'table' then return {type(value), tostring(value)} end
  local parts = {}
  for key, member in pairs(value) do parts[#parts + 1] = {tell(key), tell(member)} end
  return parts
end
local ok, value = pcall(cjson.decode, ARGV[1])
return ok and tell(value) or 'no JSON'`;
  const json = fc.oneof(
    fc.json({ stringUnit: "binary" }),
    fc.constantFrom(
      "",
      "[",
      "{",
      '{"a":}',
      '{"a":1,}',
      "[1,]",
      "nul",
      '"\\ud83d\\ude00"',
      '"\\ud83d"',
      '"\\ude00"',
      '"\\x"',
      "[1] x",
    ),
    fc.constantFrom(
      " [ 1 , 2 ] ",
      '{"a":1,"a":2}',
      "1e5",
      "-0.5",
      '"\\u0000\\/"',
      `${"[".repeat(1001)}${"]".repeat(1001)}`,
    ),
  );
  await fc.assert(
    fc.asyncProperty(json, (text) => same(source, text)),
    { numRuns: 500 },
  );
});

test.each([
  "return {tostring(1e14), 1e15 .. '', tostring(-1e100), tostring(2 ^ 53), 1 / 3 .. '', tostring(1e-5), tostring(-1 / 0)}",
  "return 3.99",
  "return -3.99",
  "return true",
  "return false",
  "return nil",
  "return {1, nil, 3}",
  "return {1, false, {2, {'a'}}, 3}",
  "return {a = 1}",
  "return {ok = 'fine'}",
  "return {err = 'MY own'}",
  "return redis.call('GET', 'memory-lua:none')",
  "return redis.call('EXISTS', 'memory-lua:none') == 0",
  "return {redis.call('MGET', 'memory-lua:none', 'memory-lua:none')[1] == false}",
  "return redis.call('EXISTS', {})",
  "return redis.call()",
  "return redis.pcall('NOSUCH').err",
  "return redis.pcall('GET').err",
  "return type(redis.pcall('GET', 'a', 'b'))",
  "return pcall(redis.call, 'GET') and 1 or 0",
  "return select(2, pcall(error, 'x'))",
  "return select(2, pcall(error, {err = 'x'})).err",
  "return nosuch",
  "nosuch = 1",
  "local f = function() error('deep') end f()",
  "return 1 +",
  "return #{unpack(ARGV)}",
  "local t = {} for i = 1, 7999 do t[i] = i end return select('#', unpack(t))",
  "local t = {} for i = 1, 8000 do t[i] = i end return select('#', unpack(t))",
  "local t = {} for i = 1, 9000 do t[i] = i end return #{unpack(t, 2, 5000)}",
  "return table.getn({1, 2})",
  "return {unpack({1, 2, 3}, 2)}",
  "local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) table.insert(t, 9) table.remove(t, 1) return t",
  "return {KEYS[1] == nil, #KEYS, #ARGV, ARGV[3] == nil}",
  "return '1' + 1 == 2 and '10' ~= 10 and 1 or 0",
  "return tostring(nil) .. tostring(true) .. type(next) .. type({})",
  "return {next({}) == nil, next({7})}",
])("%s", (source) => same(source, "one", "two"));

test("each run has keys and arguments of its own, whether or not the script is known", async () => {
  const source = "return {KEYS[1], ARGV[1]}";
  for (const name of ["a", "b"]) {
    expect(await memory.run({ name: "", source }, [name], [`${name}!`])).toEqual([name, `${name}!`]);
  }
});

test("lone surrogates arrive as they would over a socket", async () => {
  await same("return {ARGV[1], #ARGV[1]}", "a\ud800b");
});
