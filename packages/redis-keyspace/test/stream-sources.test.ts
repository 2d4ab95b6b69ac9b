import { type RedisServer, startCluster, startRedis, startSentinel } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis as Upstash120 } from "@upstash/redis-1.20";
import { Redis as Upstash134 } from "@upstash/redis-1.34";
import { Cluster, Redis } from "ioredis";
import { Cluster as Cluster5, Redis as Redis5 } from "ioredis-5";
import ioredis50 from "ioredis-5.0";
import { createClient, createClientPool, createCluster, createSentinel } from "redis";
import { createClient as createClient4, createCluster as createCluster4 } from "redis-4";
import { createClient as createClient46, createCluster as createCluster46 } from "redis-4.6";
import {
  createClient as createClient5,
  createCluster as createCluster5,
  createClientPool as createPool5,
  createSentinel as createSentinel5,
} from "redis-5";
import { createClient as createClient50 } from "redis-5.0";
import { createClient as createClient60 } from "redis-6.0";
import { memoryDriver } from "redis-keyspace/memory";
import { afterAll, afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Source } from "../src/lib/live/source.js";
import { openSource, type StreamClient } from "../src/lib/live/sources/open-source.js";
import type { UpstashStreamClient } from "../src/lib/live/sources/upstash.js";

// This file owns its servers: it flushes and stops them.
const server = await startRedis();
const { url } = server;
// They take seconds to start, while the other tests run.
const starting = [startSentinel(), startCluster()] as const;
const writer = new Redis(url);
afterAll(async () => {
  writer.disconnect();
  const others = await Promise.all(starting);
  await Promise.all([server, ...others].map((started) => started.stop()));
});
afterEach(() => void vi.useRealTimers());

const soon = { timeout: 10_000, interval: 5 };

interface Heard {
  readonly source: Source;
  readonly messages: string[];
  readonly writes: (string | null)[];
  readonly states: ("up" | "down")[];
  readonly causes: unknown[];
  isUp(): Promise<void>;
}

/** A source and all that it tells. */
function open(client: StreamClient): Heard {
  const told = { messages: [], writes: [], states: [], causes: [] } as Omit<Heard, "source" | "isUp">;
  const source = openSource(client, {
    onMessage: (channel, text) => told.messages.push(`${channel} ${text}`),
    onWrite: (key) => told.writes.push(key),
    onUp: () => told.states.push("up"),
    onDown(cause) {
      told.states.push("down");
      if (cause !== undefined) told.causes.push(cause);
    },
  });
  onTestFinished(() => source.close());
  return { source, ...told, isUp: () => vi.waitFor(() => expect(told.states.at(-1)).toBe("up"), soon) };
}

/** As whoever opened it does while it is down. */
async function isUpAgain({ source, states }: Heard): Promise<void> {
  await vi.waitFor(
    () => {
      if (states.at(-1) !== "up") source.retry();
      expect(states.at(-1)).toBe("up");
    },
    { timeout: 20_000, interval: 100 },
  );
}

const unique = (): string => crypto.randomUUID().slice(0, 8);

/** A message that only JSON or only a list by commas would change. */
const awkward = (n: string): string => `{"n": 12345678901234567890, "is": "é,${n}"}`;

/** Everything is heard: a message, and with tracking a write under the prefix, and none elsewhere. */
async function hears({ source, messages, writes }: Heard, channel: string, prefix: string, by = writer): Promise<void> {
  const n = unique();
  await by.set(`${n}:elsewhere`, "1");
  await by.set(`${prefix}é,${n}`, "1", "PX", 60_000);
  await by.publish(channel, awkward(n));
  await vi.waitFor(() => expect(messages).toContain(`${channel} ${awkward(n)}`), soon);
  const expected = source.kind === "tracking" ? [`${prefix}é,${n}`] : [];
  await vi.waitFor(() => expect(writes.filter((key) => key?.includes(n))).toEqual(expected), soon);
}

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

type Client = Exclude<StreamClient, UpstashStreamClient> & { listenerCount(event: string): number };

const listeners = (client: Client): number[] =>
  ["ready", "error", "reconnecting", "close", "end", "invalidate", "message", "messageBuffer", "topology-change"].map(
    (event) => client.listenerCount(event),
  );

/** Some are ended by the one, some by the other. */
type Ended = Client & { destroy?(): unknown; disconnect?(): unknown };

function ending<C extends Ended>(client: C): C {
  onTestFinished(async () => {
    await (client.destroy === undefined ? client.disconnect?.() : client.destroy());
  });
  return client;
}

function node<C extends Ended & { connect(): Promise<unknown> }>(create: () => C) {
  return async (): Promise<C> => {
    const client = ending(create());
    await client.connect();
    return client;
  };
}

function io<C extends Ended>(create: () => C) {
  return async (): Promise<C> => ending(create());
}

/** A Sentinel or Cluster client, whose errors somebody must listen to when the source is closed. */
function ofMany<C extends Ended & { connect(): Promise<unknown> }>(create: () => C): Promise<C> {
  return node(() => {
    const client = create();
    client.on("error", () => {});
    return client;
  })();
}

const invalidating = { url, RESP: 3, emitInvalidate: true } as const;
const clients: Readonly<Record<string, [kind: Source["kind"], connect: () => Promise<Client>]>> = {
  "node-redis 6 with emitInvalidate": ["tracking", node(() => createClient(invalidating))],
  "node-redis 6.0 with emitInvalidate": ["tracking", node(() => createClient60(invalidating))],
  "node-redis 5 with emitInvalidate": ["tracking", node(() => createClient5(invalidating))],
  "node-redis 6": ["messages", node(() => createClient({ url }))],
  "node-redis 6 of RESP2": ["messages", node(() => createClient({ url, RESP: 2 }))],
  "node-redis 5": ["messages", node(() => createClient5({ url }))],
  "node-redis 5.0, which has no emitInvalidate": ["messages", node(() => createClient50(invalidating))],
  "node-redis 4": ["messages", node(() => createClient4({ url }))],
  "node-redis 4.6": ["messages", node(() => createClient46({ url }))],
  "ioredis 6 of RESP2": ["tracking", io(() => new Redis(url, { protocol: 2 }))],
  "ioredis 6 that does not subscribe again": [
    "tracking",
    io(() => new Redis(url, { protocol: 2, autoResubscribe: false })),
  ],
  "ioredis 6": ["messages", io(() => new Redis(url))],
  "ioredis 5": ["tracking", io(() => new Redis5(url))],
  "ioredis 5.0 with a key prefix": ["tracking", io(() => new ioredis50.default(url, { keyPrefix: "k:" }))],
  "ioredis 5 with a key prefix, connected when it is used": [
    "tracking",
    io(() => new Redis5(url, { keyPrefix: "k:", lazyConnect: true })),
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
    heard.source.add(`${channel}2`, prefix);
    heard.source.add(channel, `${prefix}other:`);
    expect(heard.states.at(-1)).toBe("down");
    await heard.isUp();
    await hears(heard, channel, prefix);

    heard.states.length = 0;
    await killListening();
    await vi.waitFor(() => expect(heard.states).toContain("down"), soon);
    await heard.isUp();
    expect(heard.states).toEqual(["down", "up"]);
    await hears(heard, `${channel}2`, `${prefix}narrower:`);

    await server.command("FLUSHALL");
    await writer.publish(channel, "flushed");
    await vi.waitFor(() => expect(heard.messages).toContain(`${channel} flushed`), soon);
    if (kind === "tracking") await vi.waitFor(() => expect(heard.writes).toContain(null), soon);

    heard.source.retry();
    await heard.isUp();
    await hears(heard, channel, prefix);
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
  await hears(one, "one", "one:");
  await hears(other, "other", "other:");
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
    vi.useFakeTimers({ toFake: ["Date"] });
    heard.causes.length = 0;
    heard.source.retry();
    heard.source.retry();
    expect(heard.causes).toEqual([]);
    vi.setSystemTime(Date.now() + 5001);
    heard.source.retry();
    expect(heard.causes).toEqual([new Error("the server does not answer")]);
    server.resume();
    await isUpAgain(heard);
    await hears(heard, "channel", "prefix:");
    await vi.waitFor(async () => expect(await listening()).toHaveLength(1), soon);
    expect(/^id=\d+/.exec(String(await listening()))).not.toEqual(/^id=\d+/.exec(String(before)));
  });
});

describe.each<[string, (url: string) => Ended & { readonly status?: string; connect(): Promise<unknown> }]>([
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
    await hears(heard, "channel", "prefix:");
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
    heard.source.retry();
    expect(heard.causes.at(-1)).toMatchObject({ message: "the client is not connected" });
    await late.restart();
    await connecting;
    await heard.isUp();
    const other = new Redis(late.url);
    onTestFinished(() => other.disconnect());
    await hears(heard, "channel", "prefix:", other);
  });
});

test("a failover by Sentinel: down before, and everything is heard afterwards", async () => {
  const sentinel = await starting[0];
  const { name, sentinels } = sentinel;
  const followed = { sentinels, name, maxRetriesPerRequest: null };
  const connected: Client[] = [
    await ofMany(() => createSentinel({ name, sentinelRootNodes: sentinels })),
    await ofMany(() => createSentinel5({ name, sentinelRootNodes: sentinels })),
    await io(() => new Redis(followed))(),
    await io(() => new Redis5(followed))(),
  ];
  const all = connected.map(open);
  for (const { source } of all) source.add("channel", "prefix:");
  const control = await io(() => new Redis(followed).on("error", () => {}))();
  for (const heard of all) {
    await isUpAgain(heard);
    await hears(heard, "channel", "prefix:", control);
    heard.states.length = 0;
  }
  expect(all.map(({ source }) => source.kind)).toEqual(["messages", "messages", "messages", "tracking"]);
  await control.wait(1, 5000);
  await sentinel.killMaster();
  for (const heard of all) await vi.waitFor(() => expect(heard.states).toContain("down"), soon);
  await Promise.all(all.map(isUpAgain));
  for (const heard of all) await hears(heard, "channel", "prefix:", control);
}, 60_000);

test("a Cluster: a message from every master is heard, also when the node that was subscribed to is gone", async () => {
  const cluster = await starting[1];
  const { rootNodes, nodes } = cluster;
  const connected: Client[] = [
    await ofMany(() => createCluster({ rootNodes })),
    await ofMany(() => createCluster5({ rootNodes })),
    await ofMany(() => createCluster4({ rootNodes })),
    await ofMany(() => createCluster46({ rootNodes })),
    await io(() => new Cluster(nodes))(),
    await io(() => new Cluster5(nodes))(),
    await io(() => new ioredis50.Cluster(nodes))(),
  ];
  const all = connected.map(open);
  const heardFrom = async (master: RedisServer): Promise<void> => {
    const n = unique();
    await master.command("PUBLISH", "channel", n);
    for (const { messages } of all) await vi.waitFor(() => expect(messages).toContain(`channel ${n}`), soon);
  };
  for (const { source } of all) source.add("channel", "prefix:");
  for (const heard of all) await isUpAgain(heard);
  for (const master of cluster.servers) await heardFrom(master);
  for (const master of cluster.servers.slice(0, 2)) {
    const [, count] = (await master.command("PUBSUB", "NUMSUB", "channel")) as [string, number];
    for (const { states } of all) states.length = 0;
    await master.kill();
    await vi.waitFor(() => expect(all.filter(({ states }) => states.includes("down"))).toHaveLength(count), soon);
    await Promise.all(all.filter(({ states }) => states.length > 0).map(isUpAgain));
    for (const other of cluster.servers) if (other !== master) await heardFrom(other);
    await master.restart();
  }
}, 60_000);

describe.each<[string, (at: { url: string; token: string }) => StreamClient]>([
  ["1.39", (at) => new Upstash(at)],
  [
    "1.39 without deserialization and encoding",
    (at) => new Upstash({ ...at, automaticDeserialization: false, responseEncoding: false }),
  ],
  ["1.34", (at) => new Upstash134(at)],
])("@upstash/redis %s", (_, create) => {
  test("hears messages, and again when it is asked to after its connection was lost", async () => {
    const upstash = await startUpstashLocal({ redis: url, port: 0 });
    onTestFinished(() => upstash.close());
    const heard = open(create(upstash));
    const [channel, other] = [`a/b ${unique()}?{%}`, unique()];
    heard.source.add(other, "prefix:");
    heard.source.add(channel, "prefix:");
    await heard.isUp();
    await hears(heard, channel, "prefix:");
    await hears(heard, other, "prefix:");
    await server.command("CLIENT", "KILL", "TYPE", "pubsub");
    heard.source.retry();
    await vi.waitFor(() => expect(heard.states.at(-1)).toBe("up"), soon);
    await vi.waitFor(() => hears(heard, channel, "prefix:"), soon);
    await heard.source.close();
    await vi.waitFor(async () => expect(await listening()).toEqual([]), soon);
  });

  test("is down while nothing answers", async () => {
    const heard = open(create({ url: "http://127.0.0.1:1", token: "token" }));
    heard.source.add("channel", "prefix:");
    expect(heard.states).not.toContain("up");
  });
});

describe("what is no client of its own is refused by name", () => {
  const subscribed = async (): Promise<Redis5> => {
    const client = await io(() => new Redis5(url))();
    await client.subscribe("channel");
    return client;
  };
  const subscribed6 = async (): Promise<StreamClient> => {
    const client = await node(() => createClient({ url }))();
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
