// What is built on @upstash/redis, as applications use it.
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { startUpstashLocal, type UpstashLocal } from "../src/index.js";

let local: UpstashLocal;
let redis: Redis;
const unique = crypto.randomUUID();
beforeAll(async () => {
  local = await startUpstashLocal({ redis: inject("redisUrl"), port: 0 });
  redis = new Redis({ url: local.url, token: local.token });
});
afterAll(() => local.close());

describe("@upstash/ratelimit, whose scripts have a flag of Upstash's own", () => {
  const limiters = {
    fixedWindow: Ratelimit.fixedWindow(2, "60 s"),
    slidingWindow: Ratelimit.slidingWindow(2, "60 s"),
    tokenBucket: Ratelimit.tokenBucket(2, "60 s", 2),
  };
  test.each(Object.entries(limiters))("%s", async (name, limiter) => {
    const ratelimit = new Ratelimit({ redis, limiter, prefix: `${unique}:${name}`, ephemeralCache: false });
    const allowed: boolean[] = [];
    for (let n = 0; n < 3; n++) allowed.push((await ratelimit.limit("ada")).success);
    expect(allowed).toEqual([true, true, false]);
    expect((await ratelimit.getRemaining("ada")).remaining).toBe(0);
    await ratelimit.resetUsedTokens("ada");
    expect((await ratelimit.limit("ada")).success).toBe(true);
  });
});

test("a script with that flag and another keeps the other, and is known by the hash of its text", async () => {
  const read = `#!lua flags=allow-key-locking,no-writes\nreturn redis.call("GET", KEYS[1])`;
  const script = redis.createScript<string>(read);
  await redis.set(`${unique}:a`, "value");
  expect(await script.exec([`${unique}:a`], [])).toBe("value");
  expect(await script.exec([`${unique}:a`], [])).toBe("value");
  const hash = await redis.scriptLoad(read);
  expect(await redis.evalsha(hash, [`${unique}:a`], [])).toBe("value");
  expect(await redis.scriptExists(script.sha1, hash, "0".repeat(40))).toEqual([1, 1, 0]);
  const write = `#!lua flags=no-writes,allow-key-locking\nreturn redis.call("SET", KEYS[1], "x")`;
  await expect(redis.eval(write, [`${unique}:a`], [])).rejects.toThrow(/Write commands are not allowed/);
  await expect(redis.eval("#!lua flags=nope\nreturn 1", [], [])).rejects.toThrow(/Unexpected flag/);
});

test("@vercel/kv, by the names that Vercel's integration sets", async () => {
  vi.stubEnv("KV_REST_API_URL", local.url);
  vi.stubEnv("KV_REST_API_TOKEN", local.token);
  const { kv } = await import("@vercel/kv");
  await kv.set(`${unique}:kv`, { name: "Ada" });
  expect(await kv.get(`${unique}:kv`)).toEqual({ name: "Ada" });
  const found: string[] = [];
  for await (const key of kv.scanIterator({ match: `${unique}:k*`, count: 1_000 })) found.push(key);
  expect(found).toEqual([`${unique}:kv`]);
  vi.unstubAllEnvs();
});
