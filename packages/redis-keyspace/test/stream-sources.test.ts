import { startRedis } from "@redis-keyspace/scripts/servers";
import { Redis as Upstash120 } from "@upstash/redis-1.20";
import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis-5";
import ioredis50 from "ioredis-5.0";
import { createClient, createClientPool } from "redis";
import { createClient as createClient4 } from "redis-4";
import { createClient as createClient46 } from "redis-4.6";
import { createClient as createClient5, createClientPool as createPool5 } from "redis-5";
import { createClient as createClient50 } from "redis-5.0";
import { createClient as createClient60 } from "redis-6.0";
import { memoryDriver } from "redis-keyspace/memory";
import { afterAll, afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Source } from "../src/lib/live/source.js";
import type { StreamClient } from "../src/lib/live/sources/open-source.js";
import {
  type Client,
  type Connecting,
  connected,
  ending,
  hears,
  isUpAgain,
  open,
  soon,
  unique,
} from "./stream-clients.js";

// This file owns its server: it flushes and stops it.
const server = await startRedis();
const { url } = server;
const writer = new Redis(url);
afterAll(async () => {
  writer.disconnect();
  await server.stop();
});
afterEach(() => void vi.useRealTimers());

/** The connections of this server that hear something. */
async function listening(): Promise<string[]> {
  const lines = String(await writer.client("LIST")).split("\n");
  return lines.filter((line) => / sub=[1-9]| flags=\w*[tP]/.test(line));
}

async function killListening(): Promise<void> {
  const lines = await listening();
  expect(lines).toHaveLength(1);
  await writer.client("KILL", "ID", String(/^id=(\d+)/.exec(String(lines))?.[1]));
}

const listeners = (client: Client): number[] =>
  ["ready", "error", "reconnecting", "close", "end", "invalidate", "message", "messageBuffer", "topology-change"].map(
    (event) => client.listenerCount(event),
  );

const invalidating = { url, RESP: 3, emitInvalidate: true } as const;
const clients: Readonly<Record<string, [kind: Source["kind"], connect: () => Promise<Client>]>> = {
  "node-redis 6 with emitInvalidate": ["tracking", () => connected(createClient(invalidating))],
  "node-redis 6.0 with emitInvalidate": ["tracking", () => connected(createClient60(invalidating))],
  "node-redis 5 with emitInvalidate": ["tracking", () => connected(createClient5(invalidating))],
  "node-redis 6": ["messages", () => connected(createClient({ url }))],
  "node-redis 6 of RESP2": ["messages", () => connected(createClient({ url, RESP: 2 }))],
  "node-redis 5": ["messages", () => connected(createClient5({ url }))],
  "node-redis 5.0, which has no emitInvalidate": ["messages", () => connected(createClient50(invalidating))],
  "node-redis 4": ["messages", () => connected(createClient4({ url }))],
  "node-redis 4.6": ["messages", () => connected(createClient46({ url }))],
  "ioredis 6 of RESP2": ["tracking", async () => ending(new Redis(url, { protocol: 2 }))],
  "ioredis 6 that does not subscribe again": [
    "tracking",
    async () => ending(new Redis(url, { protocol: 2, autoResubscribe: false })),
  ],
  "ioredis 6": ["messages", async () => ending(new Redis(url))],
  "ioredis 5": ["tracking", async () => ending(new Redis5(url))],
  "ioredis 5.0 with a key prefix": ["tracking", async () => ending(new ioredis50.default(url, { keyPrefix: "k:" }))],
  "ioredis 5 with a key prefix, connected when it is used": [
    "tracking",
    async () => ending(new Redis5(url, { keyPrefix: "k:", lazyConnect: true })),
  ],
};

describe.each(Object.entries(clients))("%s", (_, [kind, connect]) => {
  test("hears, hears again after its connection was lost, and leaves the client as it was", async () => {
    const client = await connect();
    const before = listeners(client);
    const heard = open(client);
    const [channel, prefix] = [unique(), `${unique()}:`];
    expect(heard.source.kind).toBe(kind);
    heard.source.add(channel, `${prefix}narrower:`);
    await heard.isUp();
    expect(heard.causes).toEqual([]);
    heard.source.add(`${channel}2`, prefix);
    heard.source.add(channel, `${prefix}other:`);
    expect(heard.states.at(-1)).toBe("down");
    await heard.isUp();
    await hears(heard, channel, prefix, writer);

    heard.states.length = 0;
    await killListening();
    await vi.waitFor(() => expect(heard.states).toContain("down"), soon);
    await heard.isUp();
    expect(heard.states).toEqual(["down", "up"]);
    await hears(heard, `${channel}2`, `${prefix}narrower:`, writer);

    await server.command("FLUSHALL");
    await writer.publish(channel, "flushed");
    await vi.waitFor(() => expect(heard.messages).toContain(`${channel} flushed`), soon);
    if (kind === "tracking") await vi.waitFor(() => expect(heard.writes).toContain(null), soon);

    heard.source.retry();
    await heard.isUp();
    await hears(heard, channel, prefix, writer);
    await heard.source.close();
    expect(await listening()).toEqual([]);
    expect(listeners(client)).toEqual(before);
    const again = open(client);
    again.source.add(channel, prefix);
    await again.isUp();
  });
});

test("two sources hear what each was asked for", async () => {
  const [one, other] = [
    open((await clients["node-redis 6 with emitInvalidate"]?.[1]()) as Client),
    open((await clients["ioredis 5"]?.[1]()) as Client),
  ];
  one.source.add("one", "one:");
  other.source.add("other", "other:");
  await Promise.all([one.isUp(), other.isUp()]);
  await hears(one, "one", "one:", writer);
  await hears(other, "other", "other:", writer);
  for (const text of [...one.messages, ...one.writes]) expect(text).toMatch(/^one/);
  for (const text of [...other.messages, ...other.writes]) expect(text).toMatch(/^other/);
});

describe.each(["node-redis 6 with emitInvalidate", "node-redis 4", "ioredis 6 of RESP2", "ioredis 6"])("%s", (name) => {
  const connect = clients[name]?.[1] as () => Promise<Client>;

  test("connects again when the server has not answered for five seconds", async () => {
    const heard = open(await connect());
    heard.source.add("channel", "prefix:");
    await heard.isUp();
    const [before] = await listening();
    server.pause();
    onTestFinished(() => server.resume());
    vi.useFakeTimers({ toFake: ["performance"] });
    heard.causes.length = 0;
    heard.source.retry();
    heard.source.retry();
    expect(heard.causes).toEqual([]);
    vi.advanceTimersByTime(5001);
    heard.source.retry();
    expect(heard.causes).toEqual([new Error("the server does not answer")]);
    server.resume();
    await isUpAgain(heard);
    await hears(heard, "channel", "prefix:", writer);
    await vi.waitFor(async () => expect(await listening()).toHaveLength(1), soon);
    expect(/^id=\d+/.exec(String(await listening()))).not.toEqual(/^id=\d+/.exec(String(before)));
  });
});

describe.each<[string, (url: string) => Connecting & { readonly status?: string }]>([
  ["node-redis 6", (at) => createClient({ url: at, RESP: 3, emitInvalidate: true })],
  ["ioredis 5", (at) => new Redis5(at)],
])("%s", (_, create) => {
  test("is down with the server's error where tracking is refused, until it is allowed", async () => {
    const user = unique();
    await server.command("ACL", "SETUSER", user, "on", ">secret", "~*", "&*", "+@all", "-client|tracking");
    const client = ending(create(url.replace("//", `//${user}:secret@`)));
    const heard = open(client);
    if (client.status === undefined) client.connect().catch(() => {});
    heard.source.add("channel", "prefix:");
    await vi.waitFor(
      () => expect(heard.causes).toContainEqual(expect.objectContaining({ message: expect.stringMatching(/NOPERM/) })),
      soon,
    );
    expect(heard.states).not.toContain("up");
    await server.command("ACL", "SETUSER", user, "+@all");
    await isUpAgain(heard);
    await hears(heard, "channel", "prefix:", writer);
  });

  test("is down while the client is not connected, and ends no process by its errors", async () => {
    const late = await startRedis();
    onTestFinished(() => late.stop());
    await late.kill();
    const client = ending(create(late.url));
    const heard = open(client);
    heard.source.add("channel", "prefix:");
    const connecting = client.status === undefined ? client.connect() : undefined;
    await vi.waitFor(() => expect(heard.causes.length).toBeGreaterThan(2), soon);
    await late.restart();
    await connecting;
    await heard.isUp();
    const other = new Redis(late.url);
    onTestFinished(() => other.disconnect());
    await hears(heard, "channel", "prefix:", other);
    heard.causes.length = 0;
    await (client.destroy === undefined ? client.disconnect?.() : client.destroy());
    await vi.waitFor(() => expect(heard.states.at(-1)).toBe("down"), soon);
    await vi.waitFor(() => {
      heard.source.retry();
      expect(heard.causes.at(-1)).toEqual(new Error("the client is not connected"));
    }, soon);
  });
});

describe("what is no client of its own is refused by name", () => {
  const subscribed = async (): Promise<Redis5> => {
    const client = ending(new Redis5(url));
    await client.subscribe("channel");
    return client;
  };
  const subscribed6 = async (): Promise<StreamClient> => {
    const client = await connected(createClient({ url }));
    await client.subscribe("channel", () => {});
    return client;
  };

  test.each<[string, () => unknown, RegExp]>([
    ["nothing", () => undefined, /must be a node-redis, ioredis or @upstash\/redis client/],
    ["a URL", () => url, /must be a node-redis, ioredis or @upstash\/redis client/],
    ["a driver", () => memoryDriver(), /must be a node-redis, ioredis or @upstash\/redis client/],
    ["a pool of node-redis 6", () => createClientPool({ url }), /no pool/],
    ["a pool of node-redis 5", () => createPool5({ url }), /no pool/],
    ["node-redis 4 in legacy mode", () => createClient4({ legacyMode: true }), /no legacy client/],
    ["the legacy client of node-redis 6", () => createClient().legacy(), /"client" must be/],
    ["a multi of node-redis 6", () => createClient().multi(), /multi\(\)/],
    ["a multi of node-redis 4", () => createClient4().multi(), /multi\(\)/],
    ["a pipeline of ioredis", () => new Redis({ lazyConnect: true }).pipeline(), /multi\(\)/],
    ["one in monitor mode", () => new Redis(url, { lazyConnect: true, monitor: true }), /monitor mode/],
    ["an ioredis that is subscribed", subscribed, /subscriber mode/],
    ["a node-redis that is subscribed", subscribed6, /subscriber mode/],
    ["@upstash/redis 1.20", () => new Upstash120({ url: "http://127.0.0.1:1", token: "t" }), /1\.34\.5 or later/],
  ])("%s", async (_, create, message) => {
    const client = (await create()) as StreamClient;
    expect(() => open(client)).toThrow(TypeError);
    expect(() => open(client)).toThrow(message);
  });

  test("a proxy whose client is not there yet", () => {
    const get = (): never => {
      throw new Error("no environment");
    };
    expect(() => open(new Proxy({} as Redis, { get }))).toThrow(/there when the stream is opened/);
  });

  test("the client of another stream", async () => {
    const client = new Redis(url, { lazyConnect: true });
    open(client);
    expect(() => open(client)).toThrow(/another stream/);
  });
});
