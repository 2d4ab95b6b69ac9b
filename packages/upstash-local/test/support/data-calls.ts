// Strings, bitmaps, keys, hashes, lists, sets and sorted sets.
import { Redis } from "@upstash/redis";
import { expect } from "vitest";
import { type Call, call } from "./call.js";

const anything = expect.anything();

const strings: Record<string, Call> = {
  append: call((r, k) => r.append(k, "abc"), 3),
  decr: call((r, k) => r.decr(k), -1),
  decrby: call((r, k) => r.decrby(k, 5), -5),
  get: call(
    async (r, k) => [await r.get(k), await r.set(k, { a: [1, "é", null] }), await r.get(k)],
    [null, "OK", { a: [1, "é", null] }],
  ),
  getdel: call(async (r, k) => [await r.set(k, "v"), await r.getdel(k), await r.getdel(k)], ["OK", "v", null]),
  getex: call(
    async (r, k) => [await r.set(k, "v"), await r.getex(k, { ex: 100 }), (await r.ttl(k)) > 0],
    ["OK", "v", true],
  ),
  getrange: call(async (r, k) => [await r.set(k, "hello"), await r.getrange(k, 1, 2)], ["OK", "el"]),
  getset: call(async (r, k) => [await r.getset(k, "a"), await r.getset(k, "b")], [null, "a"]),
  incr: call((r, k) => r.incr(k), 1),
  incrby: call((r, k) => r.incrby(k, 41), 41),
  incrbyfloat: call((r, k) => r.incrbyfloat(k, 1.5), 1.5),
  mget: call(async (r, k) => [await r.set(k, "OK"), await r.mget(k, `${k}:none`)], ["OK", ["OK", null]]),
  mset: call(async (r, k) => [await r.mset({ [k]: 1, [`${k}2`]: "b" }), await r.mget(k, `${k}2`)], ["OK", [1, "b"]]),
  msetnx: call(async (r, k) => [await r.msetnx({ [k]: 1 }), await r.msetnx({ [k]: 2 })], [1, 0]),
  psetex: call(async (r, k) => [await r.psetex(k, 100_000, "v"), (await r.pttl(k)) > 0], ["OK", true]),
  set: call(
    async (r, k) => [
      await r.set(k, "a", { nx: true, ex: 9 }),
      await r.set(k, "b", { nx: true }),
      await r.set(k, "c", { get: true }),
    ],
    ["OK", null, "a"],
  ),
  setex: call(async (r, k) => [await r.setex(k, 100, "v"), (await r.ttl(k)) > 0], ["OK", true]),
  setnx: call(async (r, k) => [await r.setnx(k, "a"), await r.setnx(k, "b")], [1, 0]),
  setrange: call((r, k) => r.setrange(k, 2, "x"), 3),
  strlen: call(async (r, k) => [await r.set(k, "é"), await r.strlen(k)], ["OK", 2]),
};

const bitmaps: Record<string, Call> = {
  bitcount: call(async (r, k) => [await r.set(k, "a"), await r.bitcount(k, 0, -1)], ["OK", 3]),
  // Through a client without auto-pipelining: the one with it fails here whatever the server says.
  bitfield: call(
    (r, k) => new Redis(Reflect.get(r, "client")).bitfield(k).set("u8", 0, 200).get("u8", 0).exec(),
    [0, 200],
  ),
  bitop: call(async (r, k) => [await r.set(k, "ab"), await r.bitop("not", `${k}2`, k)], ["OK", 2]),
  bitpos: call(async (r, k) => [await r.setbit(k, 5, 1), await r.bitpos(k, 1)], [0, 5]),
  getbit: call((r, k) => r.getbit(k, 7), 0),
  setbit: call(async (r, k) => [await r.setbit(k, 7, 1), await r.getbit(k, 7)], [0, 1]),
};

const keys: Record<string, Call> = {
  copy: call(async (r, k) => [await r.set(k, "v"), await r.copy(k, `${k}2`)], ["OK", "COPIED"]),
  dbsize: call((r) => r.dbsize(), expect.any(Number)),
  del: call(async (r, k) => [await r.set(k, "v"), await r.del(k, `${k}2`)], ["OK", 1]),
  exists: call(async (r, k) => [await r.set(k, "v"), await r.exists(k, k, `${k}2`)], ["OK", 2]),
  expire: call(async (r, k) => [await r.expire(k, 9), await r.set(k, "v"), await r.expire(k, 9)], [0, "OK", 1]),
  expireat: call(async (r, k) => [await r.set(k, "v"), await r.expireat(k, 4_000_000_000)], ["OK", 1]),
  flushall: call(async (r, k) => [await r.set(k, "v"), await r.flushall(), await r.exists(k)], ["OK", "OK", 0]),
  flushdb: call(
    async (r, k) => [await r.set(k, "v"), await r.flushdb({ async: true }), await r.exists(k)],
    ["OK", "OK", 0],
  ),
  keys: call(async (r, k) => [await r.set(k, "v"), await r.keys(`${k}*`)], ["OK", [expect.stringContaining("keys")]]),
  persist: call(async (r, k) => [await r.set(k, "v", { ex: 9 }), await r.persist(k), await r.ttl(k)], ["OK", 1, -1]),
  pexpire: call(async (r, k) => [await r.set(k, "v"), await r.pexpire(k, 9_000)], ["OK", 1]),
  pexpireat: call(async (r, k) => [await r.set(k, "v"), await r.pexpireat(k, 4_000_000_000_000)], ["OK", 1]),
  pttl: call(async (r, k) => [await r.pttl(k), await r.set(k, "v"), await r.pttl(k)], [-2, "OK", -1]),
  randomkey: call(async (r, k) => [await r.set(k, "v"), await r.randomkey()], ["OK", expect.any(String)]),
  rename: call(
    async (r, k) => [await r.set(k, "v"), await r.rename(k, `${k}2`), await r.get(`${k}2`)],
    ["OK", "OK", "v"],
  ),
  renamenx: call(async (r, k) => [await r.set(k, "v"), await r.renamenx(k, `${k}2`)], ["OK", 1]),
  scan: call(async (r, k) => {
    await r.set(k, "v");
    const found: string[] = [];
    let cursor: string | number = "0";
    do {
      const [next, some]: [string, string[]] = await r.scan(cursor, { match: `${k}*`, count: 100 });
      found.push(...some);
      cursor = next;
    } while (String(cursor) !== "0");
    return found.length;
  }, 1),
  touch: call(async (r, k) => [await r.set(k, "v"), await r.touch(k)], ["OK", 1]),
  ttl: call(async (r, k) => [await r.ttl(k), await r.set(k, "v"), await r.ttl(k)], [-2, "OK", -1]),
  type: call(async (r, k) => [await r.type(k), await r.set(k, "v"), await r.type(k)], ["none", "OK", "string"]),
  unlink: call(async (r, k) => [await r.set(k, "v"), await r.unlink(k)], ["OK", 1]),
};

const hashes: Record<string, Call> = {
  hdel: call(async (r, k) => [await r.hset(k, { a: 1, b: 2 }), await r.hdel(k, "a", "c")], [2, 1]),
  hexists: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hexists(k, "a")], [1, 1]),
  hget: call(
    async (r, k) => [await r.hset(k, { a: { x: 1 } }), await r.hget(k, "a"), await r.hget(k, "b")],
    [1, { x: 1 }, null],
  ),
  hgetall: call(
    async (r, k) => [await r.hgetall(k), await r.hset(k, { a: 1, b: "x" }), await r.hgetall(k)],
    [null, 2, { a: 1, b: "x" }],
  ),
  hincrby: call((r, k) => r.hincrby(k, "a", 2), 2),
  hincrbyfloat: call((r, k) => r.hincrbyfloat(k, "a", 0.5), 0.5),
  hkeys: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hkeys(k)], [1, ["a"]]),
  hlen: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hlen(k)], [1, 1]),
  hmget: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hmget(k, "a", "b")], [1, { a: 1, b: null }]),
  hmset: call((r, k) => r.hmset(k, { a: 1, b: 2 }), "OK"),
  hrandfield: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hrandfield(k, 1, true)], [1, { a: 1 }]),
  hscan: call(async (r, k) => [await r.hset(k, { a: 1 }), await r.hscan(k, 0)], [1, [anything, ["a", 1]]]),
  hset: call((r, k) => r.hset(k, { a: 1, b: 2 }), 2),
  hsetnx: call(async (r, k) => [await r.hsetnx(k, "a", 1), await r.hsetnx(k, "a", 2)], [1, 0]),
  hstrlen: call(async (r, k) => [await r.hset(k, { a: "abc" }), await r.hstrlen(k, "a")], [1, 3]),
  hvals: call(async (r, k) => [await r.hset(k, { a: "x" }), await r.hvals(k)], [1, ["x"]]),
};

const lists: Record<string, Call> = {
  lindex: call(
    async (r, k) => [await r.rpush(k, "a", "b"), await r.lindex(k, 1), await r.lindex(k, 9)],
    [2, "b", null],
  ),
  linsert: call(async (r, k) => [await r.rpush(k, "a"), await r.linsert(k, "after", "a", "b")], [1, 2]),
  llen: call(async (r, k) => [await r.rpush(k, "a"), await r.llen(k)], [1, 1]),
  lmove: call(async (r, k) => [await r.rpush(k, "a"), await r.lmove(k, `${k}2`, "left", "right")], [1, "a"]),
  lpop: call(
    async (r, k) => [await r.rpush(k, "a", "b", "c"), await r.lpop(k), await r.lpop(k, 2), await r.lpop(k)],
    [3, "a", ["b", "c"], null],
  ),
  lpos: call(async (r, k) => [await r.rpush(k, "a", "b"), await r.lpos(k, "b")], [2, 1]),
  lpush: call((r, k) => r.lpush(k, "a", "b"), 2),
  lpushx: call((r, k) => r.lpushx(k, "a"), 0),
  lrange: call(async (r, k) => [await r.rpush<unknown>(k, "a", 1), await r.lrange(k, 0, -1)], [2, ["a", 1]]),
  lrem: call(async (r, k) => [await r.rpush(k, "a", "a"), await r.lrem(k, 1, "a")], [2, 1]),
  lset: call(async (r, k) => [await r.rpush(k, "a"), await r.lset(k, 0, "b")], [1, "OK"]),
  ltrim: call(async (r, k) => [await r.rpush(k, "a", "b"), await r.ltrim(k, 0, 0), await r.llen(k)], [2, "OK", 1]),
  rpop: call(async (r, k) => [await r.rpush(k, "a"), await r.rpop(k)], [1, "a"]),
  rpush: call((r, k) => r.rpush(k, "a", "b"), 2),
  rpushx: call((r, k) => r.rpushx(k, "a"), 0),
};

const sets: Record<string, Call> = {
  sadd: call((r, k) => r.sadd(k, "a", "b"), 2),
  scard: call(async (r, k) => [await r.sadd(k, "a"), await r.scard(k)], [1, 1]),
  sdiff: call(
    async (r, k) => [await r.sadd(k, "a", "b"), await r.sadd(`${k}2`, "b"), await r.sdiff(k, `${k}2`)],
    [2, 1, ["a"]],
  ),
  sdiffstore: call(async (r, k) => [await r.sadd(k, "a"), await r.sdiffstore(`${k}3`, k, `${k}2`)], [1, 1]),
  sinter: call(async (r, k) => [await r.sadd(k, "a"), await r.sinter(k, k)], [1, ["a"]]),
  sinterstore: call(async (r, k) => [await r.sadd(k, "a"), await r.sinterstore(`${k}2`, k, k)], [1, 1]),
  sismember: call(async (r, k) => [await r.sadd(k, "a"), await r.sismember(k, "a")], [1, 1]),
  smismember: call(async (r, k) => [await r.sadd(k, "a"), await r.smismember(k, ["a", "b"])], [1, [1, 0]]),
  smembers: call(async (r, k) => [await r.smembers(k), await r.sadd(k, "a"), await r.smembers(k)], [[], 1, ["a"]]),
  smove: call(async (r, k) => [await r.sadd(k, "a"), await r.smove(k, `${k}2`, "a")], [1, 1]),
  spop: call(async (r, k) => [await r.sadd(k, "a"), await r.spop(k), await r.spop(k)], [1, "a", null]),
  srandmember: call(async (r, k) => [await r.sadd(k, "a"), await r.srandmember(k)], [1, "a"]),
  srem: call(async (r, k) => [await r.sadd(k, "a"), await r.srem(k, "a", "b")], [1, 1]),
  sscan: call(async (r, k) => [await r.sadd(k, "a"), await r.sscan(k, 0)], [1, [anything, ["a"]]]),
  sunion: call(async (r, k) => [await r.sadd(k, "a"), await r.sunion(k, `${k}2`)], [1, ["a"]]),
  sunionstore: call(async (r, k) => [await r.sadd(k, "a"), await r.sunionstore(`${k}2`, k, k)], [1, 1]),
};

const add = (r: Redis, k: string): Promise<unknown> =>
  r.zadd(k, { score: 1, member: "a" }, { score: 2.5, member: "b" });
const sortedSets: Record<string, Call> = {
  zadd: call(async (r, k) => [await add(r, k), await r.zadd(k, { nx: true }, { score: 9, member: "a" })], [2, 0]),
  zcard: call(async (r, k) => [await add(r, k), await r.zcard(k)], [2, 2]),
  zcount: call(async (r, k) => [await add(r, k), await r.zcount(k, "(1", "+inf")], [2, 1]),
  zdiffstore: call(async (r, k) => [await add(r, k), await r.zdiffstore(`${k}2`, 2, k, `${k}3`)], [2, 2]),
  zincrby: call(async (r, k) => [await add(r, k), await r.zincrby(k, 1, "b")], [2, 3.5]),
  zinterstore: call(
    async (r, k) => [await add(r, k), await r.zinterstore(`${k}2`, 2, [k, k], { weights: [2, 3] })],
    [2, 2],
  ),
  zlexcount: call(async (r, k) => [await add(r, k), await r.zlexcount(k, "-", "+")], [2, 2]),
  zmscore: call(async (r, k) => [await add(r, k), await r.zmscore(k, ["b", "c"])], [2, [2.5, null]]),
  zpopmax: call(async (r, k) => [await add(r, k), await r.zpopmax(k)], [2, ["b", 2.5]]),
  zpopmin: call(async (r, k) => [await add(r, k), await r.zpopmin(k, 2)], [2, ["a", 1, "b", 2.5]]),
  zrange: call(
    async (r, k) => [await add(r, k), await r.zrange(k, 0, -1, { withScores: true, rev: true })],
    [2, ["b", 2.5, "a", 1]],
  ),
  zrank: call(async (r, k) => [await add(r, k), await r.zrank(k, "b"), await r.zrank(k, "c")], [2, 1, null]),
  zrem: call(async (r, k) => [await add(r, k), await r.zrem(k, "a", "c")], [2, 1]),
  zremrangebylex: call(async (r, k) => [await add(r, k), await r.zremrangebylex(k, "-", "+")], [2, 2]),
  zremrangebyrank: call(async (r, k) => [await add(r, k), await r.zremrangebyrank(k, 0, 0)], [2, 1]),
  zremrangebyscore: call(async (r, k) => [await add(r, k), await r.zremrangebyscore(k, 2, 3)], [2, 1]),
  zrevrank: call(async (r, k) => [await add(r, k), await r.zrevrank(k, "b")], [2, 0]),
  zscan: call(async (r, k) => [await add(r, k), await r.zscan(k, 0)], [2, [anything, ["a", 1, "b", 2.5]]]),
  zscore: call(async (r, k) => [await add(r, k), await r.zscore(k, "b"), await r.zscore(k, "c")], [2, 2.5, null]),
  zunion: call(
    async (r, k) => [await add(r, k), await r.zunion(1, [k], { withScores: true })],
    [2, ["a", 1, "b", 2.5]],
  ),
  zunionstore: call(async (r, k) => [await add(r, k), await r.zunionstore(`${k}2`, 1, [k])], [2, 2]),
};

export const dataCalls: Record<string, Call> = {
  ...strings,
  ...bitmaps,
  ...keys,
  ...hashes,
  ...lists,
  ...sets,
  ...sortedSets,
};
