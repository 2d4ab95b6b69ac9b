import { type RedisServer, startCluster, startRedis, startSentinel } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Redis as Upstash134 } from "@upstash/redis-1.34";
import { Cluster, Redis } from "ioredis";
import { Cluster as Cluster5, Redis as Redis5 } from "ioredis-5";
import ioredis50 from "ioredis-5.0";
import { createCluster, createSentinel } from "redis";
import { createCluster as createCluster4 } from "redis-4";
import { createCluster as createCluster46 } from "redis-4.6";
import { createCluster as createCluster5, createSentinel as createSentinel5 } from "redis-5";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { StreamClient } from "../src/lib/live/sources/open-source.js";
import { type Client, connectedToMany, ending, hears, isUpAgain, open, soon, unique } from "./stream-clients.js";

// They take seconds to start.
const starting = [startSentinel(), startCluster(), startRedis()] as const;
afterAll(async () => {
  for (const started of await Promise.all(starting)) await started.stop();
});

test("a failover by Sentinel: down before, and everything is heard afterwards", async () => {
  const sentinel = await starting[0];
  const { name, sentinels } = sentinel;
  const followed = { sentinels, name, maxRetriesPerRequest: null };
  const connected: Client[] = [
    await connectedToMany(createSentinel({ name, sentinelRootNodes: sentinels })),
    await connectedToMany(createSentinel5({ name, sentinelRootNodes: sentinels })),
    ending(new Redis(followed)),
    ending(new Redis5(followed)),
  ];
  const all = connected.map(open);
  for (const { source } of all) {
    source.add("channel", "prefix:");
    // A Sentinel client sends an UNSUBSCRIBE after a SUBSCRIBE that it was told of later.
    source.retry();
  }
  const control = ending(new Redis(followed).on("error", () => {}));
  // On a busy machine there may be a failover that nobody asked for.
  const inTheEnd = { timeout: 40_000, interval: 100 };
  const allHear = (): Promise<unknown> =>
    Promise.all(
      all.map((heard) =>
        vi.waitFor(async () => {
          await isUpAgain(heard);
          await hears(heard, "channel", "prefix:", control);
        }, inTheEnd),
      ),
    );
  await allHear();
  for (const { states } of all) states.length = 0;
  expect(all.map(({ source }) => source.kind)).toEqual(["messages", "messages", "messages", "tracking"]);
  await control.wait(1, 5000);
  await sentinel.killMaster();
  for (const heard of all) await vi.waitFor(() => expect(heard.states).toContain("down"), soon);
  await allHear();
}, 60_000);

test("a Cluster: a message from every master is heard, also when the node that was subscribed to is gone", async () => {
  const cluster = await starting[1];
  const { rootNodes, nodes } = cluster;
  const connected: Client[] = [
    await connectedToMany(createCluster({ rootNodes })),
    await connectedToMany(createCluster5({ rootNodes })),
    await connectedToMany(createCluster4({ rootNodes })),
    await connectedToMany(createCluster46({ rootNodes })),
    ending(new Cluster(nodes)),
    ending(new Cluster5(nodes)),
    ending(new ioredis50.Cluster(nodes)),
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
    const server = await starting[2];
    const writer = ending(new Redis(server.url));
    const upstash = await startUpstashLocal({ redis: server.url, port: 0 });
    onTestFinished(() => upstash.close());
    const heard = open(create(upstash));
    const [channel, other] = [`a/b ${unique()}?{%}`, unique()];
    heard.source.add(other, "prefix:");
    heard.source.add(channel, "prefix:");
    await heard.isUp();
    await hears(heard, channel, "prefix:", writer);
    await hears(heard, other, "prefix:", writer);
    await server.command("CLIENT", "KILL", "TYPE", "pubsub");
    heard.source.retry();
    await vi.waitFor(() => expect(heard.states.at(-1)).toBe("up"), soon);
    await vi.waitFor(() => hears(heard, channel, "prefix:", writer), soon);
    await heard.source.close();
    await vi.waitFor(async () => expect(await server.command("PUBSUB", "CHANNELS")).toEqual([]), soon);
  });

  test("is down while nothing answers", async () => {
    const heard = open(create({ url: "http://127.0.0.1:1", token: "token" }));
    heard.source.add("channel", "prefix:");
    expect(heard.states).not.toContain("up");
  });
});
