// The REST API as documented, without the client. README.md's table names these tests.
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { RequestEvent } from "../src/index.js";
import { refusedCommands } from "../src/lib/commands.js";
import { type Asked, post, start, upload } from "./support/local.js";

const redisUrl = inject("redisUrl");
const prefix = `rest:${crypto.randomUUID()}:`;
const events: RequestEvent[] = [];
let local: Asked;
let redis: Redis;
beforeAll(async () => {
  redis = new Redis(redisUrl);
  local = await start(redisUrl, {
    readOnlyToken: "read-only",
    maxRequestBytes: 10_000,
    onRequest: (event) => {
      events.push(event);
      throw new Error("ignored");
    },
  });
});
afterAll(async () => {
  await local.close();
  redis.disconnect();
});

const readOnly = { authorization: "Bearer read-only" };
const sent = (body: unknown, headers = {}) => local.ask("/", post(body, headers));

describe("commands", () => {
  test("`POST /` with a command array", async () => {
    const key = `${prefix}array`;
    expect(await local.ask("/", post(["SET", key, 1.5, "EX", 100]))).toEqual({ status: 200, body: { result: "OK" } });
    expect(await local.ask("/", post(["get", key]))).toEqual({ status: 200, body: { result: "1.5" } });
    expect(await local.ask("/", post(["TTL", key]))).toEqual({ status: 200, body: { result: expect.any(Number) } });
    expect(await local.ask("/", post(["SET", key, true]))).toMatchObject({ status: 200 });
    expect(await redis.get(key)).toBe("true");
  });

  test("`/COMMAND/arg1/arg2`", async () => {
    const key = encodeURIComponent(`${prefix}path/é`);
    expect(await local.ask(`/set/${key}/a%2Fb/EX/100`)).toEqual({ status: 200, body: { result: "OK" } });
    expect(await redis.get(`${prefix}path/é`)).toBe("a/b");
    expect(await local.ask(`/GET/${key}`, { method: "POST" })).toEqual({ status: 200, body: { result: "a/b" } });
    expect(await local.ask("/get/%FF")).toMatchObject({ status: 400 });
  });

  test("an address that ends with a slash is the same, and so is an endpoint that does", async () => {
    const key = `${prefix}slash`;
    expect(await local.ask(`//set/${key}/v`)).toEqual({ status: 200, body: { result: "OK" } });
    expect(await local.ask("//", post(["GET", key]))).toEqual({ status: 200, body: { result: "v" } });
    for (const path of ["/pipeline/", "//pipeline", "/multi-exec/"]) {
      expect(await local.ask(path, post([["GET", key]]))).toEqual({ status: 200, body: [{ result: "v" }] });
    }
    expect(await local.ask(`/set/${key}/`)).toEqual({ status: 200, body: { result: "OK" } });
    expect(await redis.get(key)).toBe("");
    expect(await local.ask("/subscribe/")).toMatchObject({ status: 400 });
  });

  test("nothing leaves the database that is served", async () => {
    const key = `${prefix}copied`;
    await redis.set(key, "v");
    for (const command of [
      ["MOVE", key, 5],
      ["COPY", key, key, "DB", 5],
      ["copy", key, "other", "REPLACE", "db", 5],
    ]) {
      const error = expect.stringMatching(/^ERR Command is not available: '.*it leaves the database\.$/);
      expect(await sent(command)).toEqual({ status: 400, body: { error } });
    }
    expect(await sent(["COPY", key, `${key}:2`])).toEqual({ status: 200, body: { result: 1 } });
  });

  test("The body as the last argument, and query parameters after it", async () => {
    const key = `${prefix}body`;
    const body = Buffer.from([0, 255, 10, 13, 34]);
    expect(await local.ask(`/set/${key}?EX=100&NX`, { method: "POST", body })).toMatchObject({
      body: { result: "OK" },
    });
    expect(await redis.getBuffer(key)).toEqual(body);
    expect(await redis.ttl(key)).toBeGreaterThan(0);
    expect(await local.ask(`/set/${key}?NX`, { method: "PUT", body: "x" })).toMatchObject({ body: { result: null } });
  });

  test("`HEAD`, `GET`, `POST` and `PUT`; 405 for any other method", async () => {
    expect(await local.ask("/ping", { method: "HEAD" })).toEqual({ status: 200, body: "" });
    const answer = await fetch(`${local.url}/ping?_token=${local.token}`, { method: "DELETE" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "HEAD, GET, POST, PUT"]);
    expect(await answer.json()).toEqual({ error: "ERR method not allowed" });
  });

  test("400 with Redis's own error", async () => {
    expect(await local.ask("/get")).toEqual({
      status: 400,
      body: { error: "ERR wrong number of arguments for 'get' command" },
    });
    expect(await local.ask("/evalsha/0000000000000000000000000000000000000000/0")).toEqual({
      status: 400,
      body: { error: "NOSCRIPT No matching script. Please use EVAL." },
    });
  });

  test.each([
    ["", "JSON"],
    ["{}", "array"],
    ["[]", "empty"],
    ["[[]]", "must be strings"],
    ['["GET", null]', "must be strings"],
    ['["GET", {"a":1}]', "must be strings"],
    ["[1", "JSON"],
  ])("a body that is no command: %s", async (body, reason) => {
    expect(await local.ask("/", { method: "POST", body })).toEqual({
      status: 400,
      body: { error: expect.stringContaining(reason) },
    });
  });
});

describe("answers", () => {
  test("Integers, null, strings and nested arrays as JSON", async () => {
    const script = "return {1, false, 'x', {2, {'y'}}}";
    expect(await local.ask("/", post(["EVAL", script, 0]))).toMatchObject({
      body: { result: [1, null, "x", [2, ["y"]]] },
    });
    // More than a JavaScript number holds.
    const response = await fetch(`${local.url}/incrby/${prefix}json/9007199254740993?_token=${local.token}`);
    expect(await response.text()).toBe('{"result":9007199254740993}');
  });

  test("`Upstash-Encoding: base64`", async () => {
    const key = `${prefix}base64`;
    const value = Buffer.from([255, 0, 200]);
    await redis.mset(key, value, `${key}:ok`, "OK");
    const headers = { "Upstash-Encoding": "base64" };
    expect(await local.ask(`/get/${key}`, { headers })).toMatchObject({ body: { result: value.toString("base64") } });
    expect(await local.ask(`/get/${key}`)).toMatchObject({ body: { result: "\uFFFD\0\uFFFD" } });
    expect(await local.ask(`/mget/${key}:ok/${key}:none`, { headers })).toMatchObject({
      body: { result: ["T0s=", null] },
    });
    expect(await local.ask(`/set/${key}/1`, { headers })).toMatchObject({ body: { result: "OK" } });
    expect(await local.ask("/nope", { headers })).toMatchObject({ body: { error: /^ERR unknown command/ } });
  });

  test("`Upstash-Response-Format: resp2`", async () => {
    const headers = { "Upstash-Response-Format": "resp2" };
    const key = `${prefix}resp`;
    expect(await local.ask(`/set/${key}/bar`, { headers })).toEqual({ status: 200, body: "+OK\r\n" });
    expect(await local.ask(`/mget/${key}/${key}2`, { headers })).toEqual({
      status: 200,
      body: "*2\r\n$3\r\nbar\r\n$-1\r\n",
    });
    expect(await local.ask(`/strlen/${key}`, { headers })).toEqual({ status: 200, body: ":3\r\n" });
    expect(await local.ask(`/incr/${key}`, { headers })).toEqual({
      status: 400,
      body: "-ERR value is not an integer or out of range\r\n",
    });
    expect(await local.ask("/ping", { headers: { "Upstash-Response-Format": "xml" } })).toMatchObject({ status: 400 });
    expect(await local.ask("/ping", { headers: { ...headers, "Upstash-Encoding": "base64" } })).toMatchObject({
      status: 400,
    });
  });

  test("`upstash-sync-token`", async () => {
    const answer = await fetch(`${local.url}/ping`, {
      headers: { authorization: `Bearer ${local.token}`, "upstash-sync-token": "of another replica" },
    });
    expect([answer.status, answer.headers.get("upstash-sync-token")]).toEqual([200, expect.stringMatching(/./)]);
  });

  test("writes at the same time get a sync token each", async () => {
    const write = () => fetch(`${local.url}/incr/${prefix}sync?_token=${local.token}`);
    const answers = await Promise.all(Array.from({ length: 20 }, write));
    expect(new Set(answers.map(({ headers }) => headers.get("upstash-sync-token"))).size).toBe(20);
  });
});

describe("batches", () => {
  test("`/pipeline`, with each error in its place", async () => {
    const key = `${prefix}pipeline`;
    const before = local.commands;
    const body = [["SET", key, "x"], ["INCR", key], ["SELECT", 1], ["NOPE"], ["GET", key]];
    expect(await local.ask("/pipeline", post(body))).toEqual({
      status: 200,
      body: [
        { result: "OK" },
        { error: "ERR value is not an integer or out of range" },
        { error: expect.stringContaining("Command is not available: 'SELECT'") },
        { error: expect.stringContaining("ERR unknown command") },
        { result: "x" },
      ],
    });
    expect(local.commands - before).toBe(4);
    expect(await local.ask("/pipeline", post([]))).toMatchObject({ status: 400 });
    expect(await local.ask("/pipeline", post(["GET", key]))).toMatchObject({ status: 400 });
  });

  test("`/multi-exec`, all or nothing", async () => {
    const key = `${prefix}multi`;
    const good = [
      ["SET", key, "x"],
      ["INCR", key],
      ["GET", key],
    ];
    expect(await local.ask("/multi-exec", post(good))).toEqual({
      status: 200,
      body: [{ result: "OK" }, { error: "ERR value is not an integer or out of range" }, { result: "x" }],
    });
    for (const wrong of [["GET"], ["NOPE"], ["WATCH", key], ["BLPOP", key, 0]]) {
      expect(await local.ask("/multi-exec", post([["SET", key, "y"], wrong]))).toEqual({
        status: 400,
        body: { error: expect.stringMatching(/^(EXECABORT|ERR Command is not available)/) },
      });
    }
    expect(await redis.get(key)).toBe("x");
  });

  test("a transaction is not interleaved with other requests", async () => {
    const key = `${prefix}atomic`;
    const twice = post([
      ["INCR", key],
      ["INCR", key],
    ]);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        n % 2 ? local.ask("/multi-exec", twice) : local.ask("/pipeline", twice).then(() => undefined),
      ),
    );
    for (const answer of answers) {
      if (!answer) continue;
      const [first, second] = answer.body as { result: number }[];
      expect(second?.result).toBe((first?.result ?? 0) + 1);
    }
    expect(await redis.get(key)).toBe("80");
  });
});

describe("tokens", () => {
  test("`Authorization: Bearer`, or `_token`; 401 without", async () => {
    const unauthorized = { status: 401, body: { error: "Unauthorized" } };
    for (const authorization of ["", "Bearer", "Bearer x", `Bearer ${local.token}x`, `Basic ${local.token}`]) {
      expect(await local.ask("/ping", { headers: { authorization } })).toEqual(unauthorized);
    }
    const headers = { authorization: "" };
    expect(await local.ask("/ping?_token=x", { headers })).toEqual(unauthorized);
    // Before anything else that is wrong.
    const format = { ...headers, "Upstash-Response-Format": "xml" };
    expect(await local.ask("/%FF", { method: "DELETE", headers: format })).toEqual(unauthorized);
    expect(await local.ask(`/ping?_token=${local.token}`, { headers })).toEqual({
      status: 200,
      body: { result: "PONG" },
    });
    expect(await local.ask("/ping", { headers: { authorization: `bearer ${local.token}` } })).toMatchObject({
      status: 200,
    });
  });

  test("A read-only token", async () => {
    const key = `${prefix}read`;
    await redis.set(key, "v");
    for (const allowed of [["GET", key], ["PING"], ["TTL", key], ["OBJECT", "ENCODING", key]]) {
      expect(await sent(allowed, readOnly), allowed[0]).toMatchObject({ status: 200 });
    }
    const writing = ["SET", "set", "GETEX", "GETDEL", "SORT", "FLUSHALL", "PUBLISH", "SCRIPT", "NOPE"];
    const walking = ["KEYS", "SCAN", "EVAL", "EVAL_RO", "EVALSHA_RO", "FCALL_RO"];
    for (const name of [...writing, ...walking]) {
      expect(await sent([name, key, "0"], readOnly)).toEqual({
        status: 400,
        body: {
          error: `NOPERM this user has no permissions to run the '${name.toLowerCase()}' command or its subcommand`,
        },
      });
    }
    expect(
      await local.ask(
        "/multi-exec",
        post(
          [
            ["GET", key],
            ["DEL", key],
          ],
          readOnly,
        ),
      ),
    ).toMatchObject({ status: 400 });
    expect(await local.ask("/monitor", { headers: readOnly })).toMatchObject({ status: 400 });
    expect(await redis.get(key)).toBe("v");
  });
});

describe("limits", () => {
  test("413 for a body that is too large", async () => {
    const tooLarge = { status: 413, body: { error: "ERR max request size exceeded. Limit: 10000 bytes" } };
    expect(await local.ask("/", post(["SET", `${prefix}large`, "x".repeat(10_000)]))).toEqual(tooLarge);
    // A body of unknown length is cut off as soon as it is too large.
    expect(await upload(local, 11_000)).toMatch(/^HTTP\/1\.1 413 /);
    expect(await local.ask("/ping")).toMatchObject({ status: 200 });
  });

  test.each([...refusedCommands])("refused, because %s", async (reason, names) => {
    const before = local.commands;
    for (const name of names) {
      expect(await sent([name, "1"])).toEqual({
        status: 400,
        body: { error: `ERR Command is not available: '${name}'. Over HTTP, ${reason}.` },
      });
    }
    expect(local.commands).toBe(before);
  });

  test("XREAD and XREADGROUP may read, but not wait", async () => {
    const key = `${prefix}BLOCK`;
    expect(await sent(["XREAD", "COUNT", 1, "STREAMS", key, "0"])).toEqual({ status: 200, body: { result: null } });
    expect(await sent(["XREAD", "block", 0, "STREAMS", key, "0"])).toMatchObject({ status: 400 });
    expect(await sent(["XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", key, ">"])).toMatchObject({
      status: 400,
    });
    // A group or a consumer may have any name, also an option's.
    await redis.xgroup("CREATE", key, "STREAMS", "$", "MKSTREAM");
    await redis.xgroup("CREATE", key, "BLOCK", "$");
    const waiting = ["XREADGROUP", "COUNT", 1, "GROUP", "STREAMS", "c", "BLOCK", 0, "STREAMS", key, ">"];
    expect(await sent(waiting)).toMatchObject({ status: 400 });
    const reading = ["XREADGROUP", "GROUP", "BLOCK", "BLOCK", "STREAMS", key, ">"];
    expect(await sent(reading)).toEqual({ status: 200, body: { result: null } });
    expect(await sent(["SCRIPT", "debug", "YES"])).toMatchObject({ status: 400 });
  });
});

test("onRequest is told what was sent, and may fail", async () => {
  const { requests, commands } = local;
  events.length = 0;
  await local.ask("/pipeline", post([["PING"], ["select", 1]]));
  await local.ask("/ping", { headers: { authorization: "Bearer x" } });
  // A forgotten name of a command: then the key stands in its place.
  for (const path of ["/a-secret-key", "/%61-secret-key"]) await local.ask(path);
  await local.ask("/multi-exec", post([["PING"], ["a-secret-key"]]));
  await expect.poll(() => events.length).toBe(5);
  expect(events.slice(2).map((event) => event.commands)).toEqual([["?"], ["?"], []]);
  expect(JSON.stringify(events)).not.toMatch(/secret/i);
  expect(events.slice(0, 2)).toEqual([
    { method: "POST", endpoint: "pipeline", commands: ["PING"], status: 200, durationMs: expect.any(Number) },
    { method: "GET", endpoint: null, commands: [], status: 401, durationMs: expect.any(Number) },
  ]);
  expect([local.requests - requests, local.commands - commands]).toEqual([5, 5]);
});
