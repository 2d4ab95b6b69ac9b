// /subscribe, /psubscribe and /monitor. README.md's table names these tests.
import { connect } from "node:net";
import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startUpstashLocal, type UpstashLocal } from "../src/index.js";

const redisUrl = inject("redisUrl");
let local: UpstashLocal;
let client: Redis;
beforeAll(async () => {
  local = await startUpstashLocal({ redis: redisUrl, port: 0 });
  client = new Redis({ url: local.url, token: local.token });
});
afterAll(() => local.close());

/** Opens a stream that is not read beyond its first bytes. */
async function stall(path: string, from: UpstashLocal) {
  const socket = connect(from.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`GET ${path}?_token=${from.token} HTTP/1.1\r\nhost: x\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  return socket;
}

/** Opens a stream; `text()` is what has come so far. */
async function open(path: string, from: UpstashLocal = local) {
  const stopper = new AbortController();
  const headers = { authorization: `Bearer ${from.token}`, accept: "text/event-stream" };
  const response = await fetch(from.url + path, { method: "POST", headers, body: "[]", signal: stopper.signal });
  const stream = { response, text: () => text, ended: false, stop: () => stopper.abort() };
  let text = "";
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk);
  };
  void read()
    .catch(() => {})
    .then(() => {
      stream.ended = true;
    });
  return stream;
}

const megabyte = "x".repeat(1_000_000);
const name = () => `channel:${crypto.randomUUID()}`;

test("`/subscribe/channel`", async () => {
  const [a, b] = [name(), name()];
  const stream = await open(`/subscribe/${a}/${b}`);
  expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
  await expect.poll(stream.text).toContain(`data: subscribe,${b},2\n\n`);
  expect(await client.publish(a, "hello, world")).toBe(1);
  await client.publish(b, "two\nlines");
  await expect
    .poll(stream.text)
    .toBe(
      `data: subscribe,${a},1\n\ndata: subscribe,${b},2\n\n` +
        `data: message,${a},hello, world\n\ndata: message,${b},two\ndata: lines\n\n`,
    );
  stream.stop();
  await expect.poll(() => client.publish(a, "x")).toBe(0);
});

test("`/psubscribe/pattern`", async () => {
  const channel = name();
  const stream = await open(`/psubscribe/${channel}*`);
  await expect.poll(stream.text).toBe(`data: psubscribe,${channel}*,1\n\n`);
  await client.publish(`${channel}:1`, "hi");
  await expect.poll(stream.text).toContain(`data: pmessage,${channel}*,${channel}:1,hi\n\n`);
  stream.stop();
});

test("`/monitor`", async () => {
  const stream = await open("/monitor");
  await expect.poll(stream.text).toMatch(/^data: "OK"\n\n/);
  const key = name();
  await client.set(key, 'a "b" \\ \n é');
  // Redis escapes what is not ASCII.
  await expect.poll(stream.text).toContain(`"SET" "${key}" "a \\"b\\" \\\\ \\n \\xc3\\xa9"`);
  expect(stream.text()).toMatch(/\ndata: \d+\.\d+ \[0 [\d.]+:\d+\] "/);
  stream.stop();
});

test("line breaks in a message: one event, and what only looks like a line break stays", async () => {
  const channel = name();
  const stream = await open(`/subscribe/${channel}`);
  await expect.poll(stream.text).toContain("data: subscribe");
  await client.publish(channel, "a\r\nb\rc\n\u2028d\u2029");
  await expect.poll(stream.text).toContain(",1\n\ndata: message");
  expect(stream.text()).toContain(`data: message,${channel},a\ndata: b\ndata: c\ndata: \u2028d\u2029\n\n`);
  stream.stop();
});

test("the client's subscribe and psubscribe", async () => {
  const channel = name();
  const got: unknown[] = [];
  const subscriber = client.subscribe<unknown>(channel);
  const patterns = client.psubscribe<unknown>(`${channel}*`);
  subscriber.on("message", ({ message }) => got.push(message));
  patterns.on("pmessage", (event) => got.push([event.pattern, event.channel, event.message]));
  await expect.poll(() => client.exec(["PUBSUB", "NUMSUB", channel])).toEqual([channel, 1]);
  await expect.poll(async () => Number(await client.publish(channel, { a: 1 }))).toBe(2);
  await expect.poll(() => got).toContainEqual({ a: 1 });
  await expect.poll(() => got).toContainEqual([`${channel}*`, channel, { a: 1 }]);
  await subscriber.unsubscribe();
  await patterns.unsubscribe();
  await expect.poll(() => client.publish(channel, "x")).toBe(0);
});

test.each(["/subscribe", "/psubscribe", "/monitor/x"])("%s: wrong number of arguments", async (path) => {
  const { response } = await open(path);
  expect(response.status).toBe(400);
});

describe("when one side goes", () => {
  test("Redis: the stream ends, and while Redis is away none begins", async () => {
    const redis = await startRedis();
    const own = await startUpstashLocal({ redis: redis.url, port: 0 });
    try {
      const streams = [await open("/subscribe/a", own), await open("/monitor", own)];
      await redis.kill();
      await expect.poll(() => streams.every(({ ended }) => ended)).toBe(true);
      expect((await open("/subscribe/a", own)).response.status).toBe(503);
      expect((await open("/monitor", own)).response.status).toBe(503);
    } finally {
      await own.close();
      await redis.stop();
    }
  });

  test("the caller: its connection to Redis is closed", async () => {
    const redis = await startRedis();
    const own = await startUpstashLocal({ redis: redis.url, port: 0 });
    const connections = async () =>
      Number(/connected_clients:(\d+)/.exec(String(await redis.command("INFO", "clients")))?.[1]);
    try {
      const before = await connections();
      const streams = [await open("/subscribe/a", own), await open("/monitor", own)];
      await expect.poll(connections).toBe(before + 2);
      for (const { stop } of streams) stop();
      await expect.poll(connections).toBe(before);
    } finally {
      await own.close();
      await redis.stop();
    }
  });

  test("the caller stays but does not read: cut off before it fills the memory", async () => {
    const channel = name();
    const socket = await stall(`/subscribe/${channel}`, local);
    let sent = 0;
    await expect.poll(() => client.publish(channel, "x")).toBe(1);
    while (sent < 150 && (await client.publish(channel, megabyte)) === 1) sent++;
    expect(sent).toBeGreaterThan(30);
    expect(sent).toBeLessThan(150);
    socket.destroy();
  });

  test("the server: what comes after close() harms nothing", async () => {
    const channel = name();
    const own = await startUpstashLocal({ redis: redisUrl, port: 0, commandTimeoutMs: 1_000 });
    const socket = await stall(`/subscribe/${channel}`, own);
    await expect.poll(() => client.publish(channel, "x")).toBe(1);
    // More than the system holds for the caller, less than the server does.
    for (let n = 0; n < 24; n++) expect(await client.publish(channel, megabyte)).toBe(1);
    const closed = own.close();
    expect(await client.publish(channel, "late")).toBe(1);
    await closed;
    socket.destroy();
  });

  test("the server: close() ends the streams", async () => {
    const own = await startUpstashLocal({ redis: redisUrl, port: 0 });
    const stream = await open(`/subscribe/${name()}`, own);
    await own.close();
    await expect.poll(() => stream.ended).toBe(true);
  });
});
