// Starting, ending, and a Redis that is away.
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "@upstash/redis";
import getPort from "get-port";
import { describe, expect, inject, test } from "vitest";
import { startUpstashLocal, type UpstashLocalOptions } from "../src/index.js";
import { post, start, upload } from "./support/local.js";

const redisUrl = inject("redisUrl");

describe("options", () => {
  test.each<[string, UpstashLocalOptions]>([
    ["redis", { redis: "http://127.0.0.1" }],
    ["redis", { redis: "127.0.0.1:6379" }],
    ["redis", { redis: "redis://127.0.0.1/name" }],
    ["redis", { redis: "redis://:same%@127.0.0.1" }],
    ["host", { host: "" }],
    ["port", { port: -1 }],
    ["port", { port: 65_536 }],
    ["port", { port: Number.NaN }],
    ["token", { token: "" }],
    ["token", { token: "with space" }],
    ["readOnlyToken", { readOnlyToken: "é" }],
    ["readOnlyToken", { token: "same", readOnlyToken: "same" }],
    ["maxRequestBytes", { maxRequestBytes: 0 }],
    ["requestTimeoutMs", { requestTimeoutMs: 1.5 }],
    ["commandTimeoutMs", { commandTimeoutMs: 600_001 }],
    ["latencyMs", { latencyMs: -1 }],
    ["onRequest", { onRequest: "x" as never }],
  ])("%s", async (name, options) => {
    const error: unknown = await startUpstashLocal({ redis: redisUrl, port: 0, ...options }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(new RegExp(`^TypeError: option "${name}" must `));
    expect(String(error)).not.toMatch(/same|with space/);
  });

  test.each(["0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1", "example.com"])("%s needs a token", async (host) => {
    await expect(startUpstashLocal({ redis: redisUrl, port: 0, host })).rejects.toThrow(
      'option "token" must be given when "host" is not a loopback address',
    );
  });

  test("any address with a token; loopback with a random one", async () => {
    const open = await startUpstashLocal({ redis: redisUrl, port: 0, host: "0.0.0.0", token: "given" });
    expect(open.token).toBe("given");
    await open.close();
    const [one, two] = [await start(redisUrl), await start(redisUrl, { host: "localhost" })];
    expect(one.token).toMatch(/^[\w-]{43}$/);
    expect(one.token).not.toBe(two.token);
    expect(one.url).toBe(`http://127.0.0.1:${one.port}`);
    await Promise.all([one.close(), two.close()]);
  });

  test("latencyMs delays each request", async () => {
    const local = await start(redisUrl, { latencyMs: 200 });
    const before = performance.now();
    await local.ask("/ping");
    // At least: an upper bound would depend on the machine.
    expect(performance.now() - before).toBeGreaterThanOrEqual(199);
    await local.close();
  });
});

describe("a Redis that is away", () => {
  test("at the start: an error that says so, without the password", async () => {
    const redis = `redis://:secret@127.0.0.1:${await getPort()}`;
    const error: unknown = await startUpstashLocal({ redis, port: 0 }).catch((e: unknown) => e);
    expect(String(error)).toMatch(/^Error: Redis is not available: .*ECONNREFUSED/);
    expect(String(error)).not.toContain("secret");
    const guarded = await startRedis({ password: "right" });
    const wrong = guarded.url.replace("right", "wrong-secret");
    const refusal: unknown = await startUpstashLocal({ redis: wrong, port: 0 }).catch((e: unknown) => e);
    expect(String(refusal)).toMatch(/^Error: Redis is not available: WRONGPASS/);
    expect(JSON.stringify(refusal)).not.toContain("wrong-secret");
    await guarded.stop();
  });

  test("later: 503, and back when Redis is back", async () => {
    const redis = await startRedis();
    const local = await start(redis.url);
    const client = new Redis({ url: local.url, token: local.token, retry: false });
    try {
      await redis.kill();
      const unavailable = { status: 503, body: { error: "ERR Redis is not available" } };
      await expect.poll(() => local.ask("/ping")).toEqual(unavailable);
      expect(await local.ask("/pipeline", post([["PING"]]))).toEqual(unavailable);
      expect(await local.ask("/multi-exec", post([["PING"]]))).toEqual(unavailable);
      await expect(client.ping()).rejects.toThrow("Redis is not available");
      await redis.restart();
      await expect.poll(() => local.ask("/ping"), { timeout: 10_000 }).toMatchObject({ status: 200 });
    } finally {
      await local.close();
      await redis.stop();
    }
  });

  test("in the middle of a command: 503, and the command is not sent again", async () => {
    const redis = await startRedis();
    const local = await start(redis.url);
    try {
      redis.pause();
      const pending = local.ask("/incr/counter");
      await expect.poll(() => local.commands).toBe(1);
      await redis.kill();
      expect(await pending).toMatchObject({ status: 503 });
      await redis.restart();
      await expect.poll(() => local.ask("/get/counter"), { timeout: 10_000 }).toMatchObject({ status: 200 });
      expect(await local.ask("/get/counter")).toEqual({ status: 200, body: { result: null } });
    } finally {
      await local.close();
      await redis.stop();
    }
  });

  test("hanging: 504, and close() does not wait for it", async () => {
    const redis = await startRedis();
    const local = await start(redis.url, { commandTimeoutMs: 200 });
    redis.pause();
    try {
      expect(await local.ask("/ping")).toEqual({ status: 504, body: { error: "ERR Redis did not answer in time" } });
      const pending = local.ask("/ping");
      await expect.poll(() => local.requests).toBe(2);
      const closed = local.close();
      expect(await pending).toMatchObject({ status: 504 });
      await closed;
    } finally {
      redis.resume();
      await local.close();
      await redis.stop();
    }
  });
});

describe("ending", () => {
  test("close() finishes what has begun, refuses what comes later, and may be called twice", async () => {
    const local = await start(redisUrl, { latencyMs: 100 });
    const pending = local.ask("/ping");
    await expect.poll(() => local.requests).toBe(1);
    await Promise.all([local.close(), local.close()]);
    expect(await pending).toMatchObject({ status: 200 });
    await expect(local.ask("/ping")).rejects.toThrow();
  });

  test("a taken port rejects, and leaves no connection behind", async () => {
    const redis = await startRedis();
    const local = await start(redis.url);
    await expect(startUpstashLocal({ redis: redis.url, port: local.port })).rejects.toThrow(/EADDRINUSE/);
    const clients = async () =>
      String(await redis.command("CLIENT", "LIST"))
        .trim()
        .split("\n").length;
    await expect.poll(clients).toBe(2);
    await local.close();
    await redis.stop();
  });

  test("a request that never ends is cut off", async () => {
    const local = await start(redisUrl, { requestTimeoutMs: 100 });
    expect(await upload(local, 0)).toMatch(/^HTTP\/1\.1 408 /);
    await local.close();
  });
});
