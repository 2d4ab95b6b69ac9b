// Every method of the client: a call with the answer that Upstash documents for it, or the reason why there is none.
import type { Redis } from "@upstash/redis";
import { expect } from "vitest";
import { type Call, call } from "./call.js";
import { dataCalls } from "./data-calls.js";

/** Members of the client that are no command. */
export const notCommands = new Set([
  ...["constructor", "client", "opts", "use", "addTelemetry", "enableTelemetry", "enableAutoPipelining"],
  ...["autoPipeline", "autoPipelineExecutor", "readYourWritesSyncToken", "json", "functions", "search", "vector"],
]);

/** Members with a test of their own. */
export const testedElsewhere: Record<string, string> = {
  pipeline: "pipelines.test.ts",
  multi: "pipelines.test.ts",
  createScript: "pipelines.test.ts",
  subscribe: "streams.test.ts",
  psubscribe: "streams.test.ts",
};

const needing = (needs: NonNullable<Call["needs"]>, calls: Record<string, Call>): Record<string, Call> =>
  Object.fromEntries(Object.entries(calls).map(([name, one]) => [name, { ...one, needs }]));

const anything = expect.anything();

const palermo = { longitude: 13.361389, latitude: 38.115556, member: "Palermo" };
const catania = { longitude: 15.087269, latitude: 37.502669, member: "Catania" };
const locate = (r: Redis, k: string): Promise<unknown> => r.geoadd(k, palermo, catania);
const nearby = [
  { type: "FROMMEMBER", member: "Palermo" },
  { type: "BYRADIUS", radius: 200, radiusType: "KM" },
  "ASC",
] as const;
const geo: Record<string, Call> = {
  geoadd: call(locate, 2),
  geodist: call(async (r, k) => [await locate(r, k), await r.geodist(k, "Palermo", "Catania", "KM")], [2, 166.2742]),
  geohash: call(async (r, k) => [await locate(r, k), await r.geohash(k, ["Palermo"])], [2, ["sqc8b49rny0"]]),
  geopos: call(
    async (r, k) => [await locate(r, k), await r.geopos(k, ["Palermo"])],
    [2, [{ lng: expect.closeTo(13.361389, 4), lat: expect.closeTo(38.115556, 4) }]],
  ),
  geosearch: call(
    async (r, k) => [await locate(r, k), await r.geosearch(k, ...nearby, { withDist: true })],
    [
      2,
      [
        { member: "Palermo", dist: 0 },
        { member: "Catania", dist: 166.2742 },
      ],
    ],
  ),
  geosearchstore: call(async (r, k) => [await locate(r, k), await r.geosearchstore(`${k}2`, k, ...nearby)], [2, 2]),
};

const hyperLogLogs: Record<string, Call> = {
  pfadd: call((r, k) => r.pfadd(k, "a", "b"), 1),
  pfcount: call(async (r, k) => [await r.pfadd(k, "a", "b"), await r.pfcount(k)], [1, 2]),
  pfmerge: call(
    async (r, k) => [await r.pfadd(k, "a"), await r.pfmerge(`${k}2`, k), await r.pfcount(`${k}2`)],
    [1, "OK", 1],
  ),
};

const entry = (r: Redis, k: string, id = "1-1"): Promise<unknown> => r.xadd(k, id, { f: "v" });
const group = async (r: Redis, k: string): Promise<void> => {
  await entry(r, k);
  await r.xgroup(k, { type: "CREATE", group: "g", id: "0" });
};
const consume = async (r: Redis, k: string): Promise<unknown> => {
  await group(r, k);
  return r.xreadgroup("g", "c", k, ">");
};
const streams: Record<string, Call> = {
  xack: call(async (r, k) => [await consume(r, k), await r.xack(k, "g", "1-1")], [anything, 1]),
  xadd: call(entry, "1-1"),
  xautoclaim: call(
    async (r, k) => {
      await consume(r, k);
      return ((await r.xautoclaim(k, "g", "d", 0, "0")) as unknown[])[1];
    },
    [["1-1", ["f", "v"]]],
  ),
  xclaim: call(
    async (r, k) => [await consume(r, k), await r.xclaim(k, "g", "d", 0, "1-1")],
    [anything, [["1-1", ["f", "v"]]]],
  ),
  xdel: call(async (r, k) => [await entry(r, k), await r.xdel(k, "1-1")], ["1-1", 1]),
  xgroup: call(
    async (r, k) => [await entry(r, k), await r.xgroup(k, { type: "CREATE", group: "g", id: "$" })],
    ["1-1", "OK"],
  ),
  xinfo: call(
    async (r, k) => {
      await group(r, k);
      return (await r.xinfo(k, { type: "GROUPS" })) as unknown[];
    },
    [expect.arrayContaining(["name", "g"])],
  ),
  xlen: call(async (r, k) => [await entry(r, k), await r.xlen(k)], ["1-1", 1]),
  xpending: call(
    async (r, k) => [await consume(r, k), await r.xpending(k, "g", "-", "+", 9)],
    [anything, [["1-1", "c", anything, 1]]],
  ),
  xrange: call(async (r, k) => [await entry(r, k), await r.xrange(k, "-", "+")], ["1-1", { "1-1": { f: "v" } }]),
  xread: call(
    async (r, k) => {
      await entry(r, k);
      return ((await r.xread(k, "0")) as [unknown, unknown][])[0]?.[1];
    },
    [["1-1", ["f", "v"]]],
  ),
  xreadgroup: call(async (r, k) => ((await consume(r, k)) as [unknown, unknown][])[0]?.[1], [["1-1", ["f", "v"]]]),
  xrevrange: call(async (r, k) => [await entry(r, k), await r.xrevrange(k, "+", "-")], ["1-1", { "1-1": { f: "v" } }]),
  xtrim: call(
    async (r, k) => [
      await entry(r, k),
      await entry(r, k, "2-1"),
      await r.xtrim(k, { strategy: "MAXLEN", threshold: 1, exactness: "=" }),
    ],
    ["1-1", "2-1", 1],
  ),
};

const script = "return {KEYS[1] and 1 or 0, ARGV[1]}";
const server: Record<string, Call> = {
  echo: call((r) => r.echo("hé"), "hé"),
  eval: call((r, k) => r.eval(script, [k], ["a"]), [1, "a"]),
  evalsha: call(async (r, k) => r.evalsha(await r.scriptLoad(script), [k], ["a"]), [1, "a"]),
  exec: call((r, k) => r.exec(["SET", k, "v"]), "OK"),
  ping: call(async (r) => [await r.ping(), await r.ping(["x"])], ["PONG", "x"]),
  publish: call((r, k) => r.publish(k, "hi"), 0),
  scriptExists: call(async (r) => r.scriptExists(await r.scriptLoad(script), "0".repeat(40)), [1, 0]),
  scriptFlush: call((r) => r.scriptFlush({ sync: true }), "OK"),
  scriptLoad: call((r) => r.scriptLoad(script), expect.stringMatching(/^[0-9a-f]{40}$/)),
  time: call((r) => r.time(), [expect.any(Number), expect.any(Number)]),
};

const library =
  "#!lua name=surface\nredis.register_function{function_name='twice',callback=function(_, a) return a[1]..a[1] end,flags={'no-writes'}}";
const load = (r: Redis): Promise<unknown> => r.functions.load({ code: library, replace: true });
const redis7 = needing("Redis 7.0", {
  evalRo: call((r, k) => r.evalRo(script, [k], ["a"]), [1, "a"]),
  evalshaRo: call(async (r, k) => r.evalshaRo(await r.scriptLoad(script), [k], ["a"]), [1, "a"]),
  lmpop: call(async (r, k) => [await r.rpush(k, "a"), await r.lmpop(1, [k], "LEFT")], [1, [expect.any(String), ["a"]]]),
  sintercard: call(async (r, k) => [await r.sadd(k, "a"), await r.sintercard([k, k])], [1, 1]),
  "functions.call": call(
    async (r) => [await load(r), await r.functions.call("twice", [], ["ab"])],
    ["surface", "abab"],
  ),
  "functions.callRo": call(
    async (r) => [await load(r), await r.functions.callRo("twice", [], ["ab"])],
    ["surface", "abab"],
  ),
  "functions.delete": call(async (r) => [await load(r), await r.functions.delete("surface")], ["surface", "OK"]),
  "functions.flush": call((r) => r.functions.flush(), "OK"),
  "functions.list": call(
    async (r) => [await load(r), await r.functions.list()],
    ["surface", [expect.objectContaining({ libraryName: "surface" })]],
  ),
  "functions.load": call(load, "surface"),
  "functions.stats": call((r) => r.functions.stats(), anything),
});

const fieldTtl = needing("Redis 7.4", {
  hexpire: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hexpire(k, "a", 9)], [1, [1]]),
  hexpireat: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hexpireat(k, "a", 4_000_000_000)], [1, [1]]),
  hexpiretime: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hexpiretime(k, "a")], [1, [-1]]),
  hpersist: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hpersist(k, "a")], [1, [-1]]),
  hpexpire: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hpexpire(k, "a", 9_000)], [1, [1]]),
  hpexpireat: call(
    async (r, k) => [await r.hset(k, { a: 1 }), await r.hpexpireat(k, "a", 4_000_000_000_000)],
    [1, [1]],
  ),
  hpexpiretime: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hpexpiretime(k, "a")], [1, [-1]]),
  hpttl: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hpttl(k, "a")], [1, [-1]]),
  httl: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.httl(k, "a")], [1, [-1]]),
});

const redis8 = {
  ...needing("Redis 7.2", { clientSetinfo: call((r) => r.clientSetinfo("LIB-NAME", "surface"), "OK") }),
  ...needing("Redis 8.0", {
    hgetdel: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hgetdel(k, "a")], [1, { a: 1 }]),
    hgetex: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hgetex(k, { ex: 9 }, "a")], [1, { a: 1 }]),
    hsetex: call((r, k) => r.hsetex(k, { expiration: { ex: 9 } }, { a: 1 }), 1),
  }),
  ...needing("Redis 8.2", {
    xackdel: call(async (r, k) => [await consume(r, k), await r.xackdel(k, "g", "KEEPREF", "1-1")], [anything, [1]]),
    xdelex: call(async (r, k) => [await entry(r, k), await r.xdelex(k, "KEEPREF", "1-1")], ["1-1", [1]]),
  }),
};

/** With an answer. */
export const calls: Record<string, Call> = {
  ...dataCalls,
  ...geo,
  ...hyperLogLogs,
  ...streams,
  ...server,
  ...redis7,
  ...fieldTtl,
  ...redis8,
};

const array = "count del delrange get getrange grep info insert lastitems len mget mset next op ring scan seek set";
const json =
  "arrappend arrindex arrinsert arrlen arrpop arrtrim clear del forget get merge mget mset numincrby nummultby objkeys objlen " +
  "resp set strappend strlen toggle type";
const list = (names: string): string[] => names.split(" ");

/** Without an answer: the command that the method sends, by what a Redis would need to know it. */
export const unsupported: Record<string, Record<string, string>> = {
  "the RedisJSON module, or Redis 8": Object.fromEntries(list(json).map((name) => [`json.${name}`, `JSON.${name}`])),
  "Upstash: its array type": Object.fromEntries(list(array).map((name) => [`ar${name}`, `AR${name}`])),
  "Upstash: Upstash Redis Search": {
    "search.createIndex": "SEARCH.CREATE",
    "search.index": "SEARCH.QUERY",
    "search.alias.list": "SEARCH.LISTALIASES",
    "search.alias.add": "SEARCH.ALIASADD",
    "search.alias.delete": "SEARCH.ALIASDEL",
  },
  "Upstash: its vector indexes": { "vector.createIndex": "VECTOR.CREATE", "vector.index": "VECTOR.QUERY" },
};
