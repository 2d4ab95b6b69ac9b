import { startCluster, startRedis, startSentinel } from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Cluster, Redis } from "ioredis";
import { createCluster } from "redis";
import { createSessionStore, type Incident, type Session, type StoreClient } from "redis-keyspace";
import { createSessionStream, type StreamClient } from "redis-keyspace/live";
import { expect, onTestFinished, test, vi } from "vitest";
import { soon } from "./live-streams.js";
import { sharedRedis } from "./targets.js";

interface Data {
  readonly n: number;
}

/** A process: its store, and how often it was told of each end. */
async function open(client: StoreClient, streamClient: StreamClient, prefix: string) {
  const stream = createSessionStream(streamClient, { heartbeatMs: 200 });
  onTestFinished(() => stream.close());
  const prefixes = { sessionPrefix: `${prefix}s:`, userSessionsPrefix: `${prefix}u:` };
  const sessions = createSessionStore<Data>(client, { ...prefixes, cache: { stream, maxAgeMs: 60_000 } });
  await vi.waitFor(() => expect(stream.isUp).toBe(true), soon);
  const told = new Map<string, number>();
  const watch = (session: Session<Data>): void => {
    sessions.watch(session, { onEnd: () => void told.set(session.id, (told.get(session.id) ?? 0) + 1) });
  };
  return { stream, sessions, told, watch };
}

/** Revocations by one process end the watches of the other, and its cache. */
async function revokesAcross(one: Awaited<ReturnType<typeof open>>, other: Awaited<ReturnType<typeof open>>) {
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, n) => one.sessions.create({ userId: `u${n}`, data: { n } })),
  );
  for (const session of all) other.watch(session);
  const isKept = async ({ id }: Session<Data>): Promise<boolean> => {
    const [one, again] = [await other.sessions.get(id), await other.sessions.get(id)];
    return one === again;
  };
  const first = all[0] as Session<Data>;
  await vi.waitFor(async () => expect(await isKept(first)).toBe(true), soon);
  await Promise.all(all.map(({ userId }) => one.sessions.deleteAll(userId ?? "")));
  await vi.waitFor(() => expect([...other.told.values()]).toEqual(all.map(() => 1)), soon);
  expect(await other.sessions.get(first.id)).toBeNull();
}

test("a Cluster of three masters: a revocation is told everywhere, by messages", async () => {
  const cluster = await startCluster();
  onTestFinished(() => cluster.stop());
  const node = await createCluster({ rootNodes: cluster.rootNodes }).connect();
  const nodeStream = await node.duplicate().connect();
  const [io, ioStream] = [new Cluster(cluster.nodes), new Cluster(cluster.nodes)];
  onTestFinished(() => {
    for (const client of [node, nodeStream]) client.destroy();
    for (const client of [io, ioStream]) client.disconnect();
  });
  const prefix = `${crypto.randomUUID()}:`;
  const one = await open(node, nodeStream, prefix);
  const other = await open(io, ioStream, prefix);
  expect([one.stream.kind, other.stream.kind]).toEqual(["messages", "messages"]);
  await revokesAcross(one, other);
  await revokesAcross(other, one);
});

test("a failover of Sentinel: who watches misses nothing, and the cache is off meanwhile", async () => {
  const sentinel = await startSentinel();
  onTestFinished(() => sentinel.stop());
  const { sentinels, name } = sentinel;
  const connect = () => {
    const client = new Redis({
      sentinels,
      name,
      protocol: 2,
      sentinelRetryStrategy: () => 100,
      failoverDetector: true,
    });
    client.on("error", () => {});
    onTestFinished(() => client.disconnect());
    return client;
  };
  const prefix = `${crypto.randomUUID()}:`;
  const one = await open(connect(), connect(), prefix);
  const other = await open(connect(), connect(), prefix);
  const all: Session<Data>[] = [];
  for (let n = 0; n < 200; n++) all.push(await one.sessions.create({ userId: `u${n}`, data: { n } }));
  for (const session of all) other.watch(session);
  const [before, after] = [all.slice(0, 100), all.slice(100)];
  await sentinel.killMaster();
  await vi.waitFor(() => expect(other.stream.isUp).toBe(false), soon);
  // Signed out as soon as there is a master, while the stream may still be down.
  await vi.waitFor(async () => expect(await one.sessions.delete(before[0] ?? "")).toBeNull(), {
    ...soon,
    interval: 50,
  });
  for (const { id } of before) await one.sessions.delete(id);
  await vi.waitFor(() => expect(other.stream.isUp).toBe(true), soon);
  for (const { id } of after) await one.sessions.delete(id);
  await vi.waitFor(() => expect([...other.told.values()]).toEqual(all.map(() => 1)), soon);
});

test("Upstash: a revocation is told by messages", async () => {
  const upstash = await startUpstashLocal({ redis: sharedRedis() });
  onTestFinished(() => upstash.close());
  const connect = () => new Upstash({ url: upstash.url, token: upstash.token });
  const prefix = `${crypto.randomUUID()}:`;
  const one = await open(connect(), connect(), prefix);
  const other = await open(connect(), connect(), prefix);
  await revokesAcross(one, other);
});

test("Upstash: each store's channel has a heartbeat, so one on which nothing comes any more is noticed and heard again", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const upstash = await startUpstashLocal({ redis: redis.url, port: 0 });
  onTestFinished(() => upstash.close());
  const connect = () => new Upstash({ url: upstash.url, token: upstash.token });
  const stream = createSessionStream(connect(), { heartbeatMs: 200 });
  onTestFinished(() => stream.close());
  const states: string[] = [];
  const incident = (told: Incident): unknown => told.kind === "stream" && states.push(told.state);
  createSessionStore(connect(), { sessionPrefix: "a:s:", userSessionsPrefix: "a:u:", stream, observe: { incident } });
  createSessionStore(connect(), { sessionPrefix: "b:s:", userSessionsPrefix: "b:u:", stream });
  await stream.ready();
  const subscribers = async (): Promise<string[]> => {
    const list = String(await redis.command("CLIENT", "LIST", "TYPE", "pubsub"));
    return list.split("\n").flatMap((line) => /^id=(\d+)/.exec(line)?.[1] ?? []);
  };
  for (const which of [0, 1]) {
    await vi.waitFor(async () => expect(await subscribers()).toHaveLength(2), soon);
    states.length = 0;
    await redis.command("CLIENT", "KILL", "ID", (await subscribers())[which] ?? "");
    await vi.waitFor(() => expect(states).toEqual(["down", "up"]), soon);
  }
});
