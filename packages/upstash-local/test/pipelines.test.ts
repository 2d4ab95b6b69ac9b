// What the client does with more than one command.
import { Redis } from "@upstash/redis";
import { Redis as Redis120 } from "@upstash/redis-1.20";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startUpstashLocal, type UpstashLocal } from "../src/index.js";

let local: UpstashLocal;
beforeAll(async () => {
  local = await startUpstashLocal({ redis: inject("redisUrl"), port: 0 });
});
afterAll(() => local.close());

const clients: Record<string, (at: { url: string; token: string }) => Redis> = {
  "1.39": (at) => new Redis(at),
  "1.39 without encoding": (at) => new Redis({ ...at, responseEncoding: false, automaticDeserialization: true }),
  "1.20": (at) => new Redis120(at) as unknown as Redis,
};

describe.each(Object.entries(clients))("@upstash/redis %s", (_, connect) => {
  const key = `pipelines:${crypto.randomUUID()}`;
  let client: Redis;
  beforeAll(() => {
    client = connect(local);
  });

  test("pipeline: one request, as many commands", async () => {
    const { requests, commands } = local;
    const answers = await client.pipeline().set(key, { a: 1 }).get(key).del(key).exec();
    expect(answers).toEqual(["OK", { a: 1 }, 1]);
    expect([local.requests - requests, local.commands - commands]).toEqual([1, 3]);
  });

  test("multi: all, or an error", async () => {
    expect(await client.multi().set(key, "1").incr(key).exec()).toEqual(["OK", 2]);
    const malformed = client.multi().set(key, "x").del().exec();
    await expect(malformed).rejects.toThrow(
      "EXECABORT Transaction discarded because of: ERR wrong number of arguments",
    );
    expect(await client.get(key)).toBe(2);
  });

  test("createScript: EVALSHA, then EVAL once", async () => {
    const script = client.createScript<string>(`return ARGV[1] .. '${key}'`);
    const before = local.commands;
    expect(await script.exec([], ["a"])).toBe(`a${key}`);
    expect(await script.exec([], ["b"])).toBe(`b${key}`);
    expect(local.commands - before).toBe(3);
  });
});

test("auto-pipelining: calls of one turn are one request", async () => {
  const client = new Redis({ url: local.url, token: local.token });
  const key = `pipelines:${crypto.randomUUID()}`;
  const { requests, commands } = local;
  const answers = await Promise.all([client.incr(key), client.incr(key), client.expire(key, 100)]);
  expect(answers).toEqual([1, 2, 1]);
  expect([local.requests - requests, local.commands - commands]).toEqual([1, 3]);
});

test("read your writes: the client keeps the sync token", async () => {
  const client = new Redis({ url: local.url, token: local.token });
  await client.ping();
  expect(client.readYourWritesSyncToken).toMatch(/./);
});
