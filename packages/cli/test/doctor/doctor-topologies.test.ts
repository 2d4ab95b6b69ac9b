import {
  beginMove,
  type RedisCluster,
  type RedisServer,
  startCluster,
  startRedis,
  startSentinel,
  startSlotCheckingRedis,
} from "@redis-keyspace/scripts/servers";
import { startUpstashLocal } from "@redis-keyspace/upstash-local";
import { Redis as Upstash } from "@upstash/redis";
import { Cluster, Redis } from "ioredis";
import { createSessionStore, type StoreClient } from "redis-keyspace";
import { expect, test, vi } from "vitest";
import { startCli } from "../run-cli.js";
import { handleOf } from "./handle-of.js";
import { doctor } from "./run-doctor.js";

interface Raw {
  zrem(index: string, storedId: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
}

/** A session that no list has, an entry without a session, and others around them. */
async function spoiled(client: StoreClient, { zrem, del }: Raw) {
  const sessions = createSessionStore<{ n: number }>(client);
  const created: string[] = [];
  for (const n of [0, 1, 2, 3, 4, 5]) {
    created.push(await handleOf(await sessions.create({ userId: `u${n % 2}`, data: { n } })));
  }
  const [unlisted = "", gone = ""] = created;
  await zrem("user-sessions:u0", unlisted);
  await del(`session:${gone}`);
  return { sessions, unlisted, gone };
}

function rawOf(client: Redis | Cluster): Raw {
  return {
    zrem: (index, storedId) => client.call("ZREM", index, storedId),
    del: (key) => client.call("DEL", key),
  };
}

async function mends(
  url: string,
  args: readonly string[],
  { sessions, unlisted, gone }: Awaited<ReturnType<typeof spoiled>>,
) {
  const examined = await doctor(url, [...args, "--fix", "--yes"]);
  expect(examined.finding("unlisted-session").count).toBe(1);
  expect(examined.finding("entry-without-session").count).toBe(1);
  expect(examined.mended).toEqual([
    { name: "unlisted-session", count: 1, left: 0 },
    { name: "entry-without-session", count: 1, left: 0 },
  ]);
  expect(examined).toMatchObject({ sessions: 5, users: 2, isComplete: true });
  expect((await sessions.list("u0")).some(({ handle }) => handle === unlisted)).toBe(true);
  expect((await sessions.list("u1")).some(({ handle }) => handle === gone)).toBe(false);
  return examined;
}

test("a Cluster", async () => {
  const cluster = await startCluster();
  const client = new Cluster(cluster.nodes);
  try {
    const { finding } = await mends(cluster.urls[0] ?? "", [], await spoiled(client, rawOf(client)));
    expect(finding("cluster")).toMatchObject({ count: 3, what: expect.stringContaining("3 masters") });
    expect(finding("no-replica").count).toBe(3);
    const [first, second] = cluster.servers;
    await first?.command("CONFIG", "SET", "maxmemory-policy", "volatile-lru");
    await second?.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    // The worst of one name.
    expect((await doctor(cluster.urls[0] ?? "")).finding("evicts-sessions")).toMatchObject({
      severity: "error",
      count: 2,
      what: expect.stringContaining("allkeys-lru"),
    });
    await first?.command("CONFIG", "SET", "cluster-require-full-coverage", "no");
    await first?.command("CLUSTER", "DELSLOTS", "5");
    expect((await doctor(first?.url ?? "")).finding("cluster-down").what).toContain("1 slot of 16,384");
  } finally {
    client.disconnect();
    await cluster.stop();
  }
});

test("a slot that moves to a master whose keys were looked at hides no session, and none is counted twice", async () => {
  const cluster = await startCluster();
  const { servers, urls }: RedisCluster = cluster;
  const client = new Cluster(cluster.nodes);
  try {
    const sessions = createSessionStore<object>(client);
    await Promise.all(Array.from({ length: 60 }, (_, n) => sessions.create({ userId: `u${n}`, data: {} })));
    const running = startCli(["doctor", "--json", "--rate", "2000", "--url", urls[0] ?? ""]);
    const isScanned = async (server: RedisServer) =>
      String(await server.command("INFO", "commandstats")).includes("cmdstat_scan:");
    const scanned = await vi.waitUntil(
      async () =>
        (
          await Promise.all(servers.map(async (server: RedisServer) => ((await isScanned(server)) ? server : [])))
        ).flat()[0],
      { timeout: 20_000, interval: 20 },
    );
    const [waiting] = servers.filter((server: RedisServer) => server !== scanned).slice(-1);
    if (waiting === undefined) throw new Error("no other server");
    const [key] = (await waiting.command("KEYS", "session:*")) as [string];
    const slot = Number(await waiting.command("CLUSTER", "KEYSLOT", key));
    await (await beginMove(servers, slot, waiting, scanned)).finish();
    const { stderr, json } = await running.ended;
    expect([stderr, json()]).toMatchObject(["", { sessions: 60, users: 60, isComplete: true }]);
  } finally {
    client.disconnect();
    await cluster.stop();
  }
});

test("a lone server that checks slots", async () => {
  const server = await startSlotCheckingRedis();
  try {
    const { finding, names } = await doctor(server.url);
    expect(finding("checks-slots")).toMatchObject({
      severity: "warning",
      advice: expect.stringContaining('"stepwise"'),
    });
    expect(names).not.toContain("cluster-down");
  } finally {
    await server.stop();
  }
});

test("Sentinels, a replica that is behind, and none", async () => {
  const { name, sentinels, servers, stop } = await startSentinel();
  const [master, replica] = servers;
  const url = `redis+sentinel://${sentinels.map(({ host, port }: { host: string; port: number }) => `${host}:${port}`).join(",")}/${name}`;
  try {
    if (master === undefined || replica === undefined) throw new Error("no servers");
    const client = new Redis(master.url);
    await mends(url, [], await spoiled(client, rawOf(client)));
    expect((await doctor(replica.url)).finding("is-replica").severity).toBe("error");
    replica.pause();
    for (let n = 0; n < 12; n++) await client.set("large", "x".repeat(1_000_000));
    expect((await doctor(url)).finding("replica-lags")).toMatchObject({
      example: `127.0.0.1:${replica.port}`,
      what: expect.stringContaining("12"),
    });
    replica.resume();
    await replica.kill();
    await expect.poll(() => client.info("replication"), { timeout: 10_000 }).toContain("connected_slaves:0");
    expect((await doctor(url)).finding("no-replica").severity).toBe("warning");
    client.disconnect();
  } finally {
    await stop();
  }
});

test("Upstash", async () => {
  const redis = await startRedis();
  const local = await startUpstashLocal({ redis: redis.url, port: 0 });
  const client = new Upstash({ url: local.url, token: local.token });
  try {
    const raw = { zrem: (index: string, id: string) => client.zrem(index, id), del: (key: string) => client.del(key) };
    await mends(local.url, ["--token", local.token], await spoiled(client, raw));
  } finally {
    await local.close();
    await redis.stop();
  }
});
