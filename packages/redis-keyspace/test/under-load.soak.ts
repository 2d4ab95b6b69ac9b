import { ioredis, nodeRedis } from "@redis-keyspace/scripts/clients";
import {
  beginMove,
  isReplicaOf,
  startCluster,
  startRedis,
  startSentinel,
  takesOver,
} from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster, createSentinel } from "redis";
import { expect, test } from "vitest";
import { hashSlot } from "../src/lib/redis/key-slot.js";
import { Load } from "./under-load/load.js";

// Servers that move, fail over and restart while 20 writers and readers are at work on each client: no live session is
// taken for none, none comes back, all are listed, and no acknowledged write is lost but what Redis had not replicated.
// `npm run soak`. SOAK_MINUTES: how long each goes on; 0: one round.
const minutes = Number(process.env["SOAK_MINUTES"] ?? 0);
const timeoutMs = minutes * 60_000 + 120_000;

/** How many operations each store answers between two disturbances. */
const PAUSE = 100;

type Server = Awaited<ReturnType<typeof startRedis>>;

async function rounds(load: Load, round: () => Promise<void>): Promise<void> {
  const end = performance.now() + minutes * 60_000;
  await load.progress(PAUSE);
  do {
    await round();
    await load.progress(PAUSE);
  } while (performance.now() < end);
  const faults = await load.stop();
  console.info(load.report);
  expect(faults.slice(0, 20)).toEqual([]);
}

async function forgetScripts(servers: readonly Server[]): Promise<void> {
  for (const server of servers) await server.command("SCRIPT", "FLUSH");
}

test("a Cluster whose slots move there and back, and whose master is killed", { timeout: timeoutMs }, async () => {
  const cluster = await startCluster({ replica: true });
  const { servers, replica } = cluster;
  const [first, ...others] = servers as [Server, Server, Server];
  if (replica === undefined) throw new Error("no replica");
  const node = await nodeRedis(createCluster({ rootNodes: cluster.rootNodes }), (client) => client.destroy());
  const io = ioredis(new Cluster(cluster.nodes));
  const load = new Load();
  for (const [name, { client }] of Object.entries({ "node-redis": node, ioredis: io })) {
    load.add(`${name}, any slots`, client);
    load.add(`${name}, one slot`, client, { sessionPrefix: `{${name}}` });
  }
  const homeOf = (slot: number): number => Math.floor((slot * servers.length) / 16_384);
  const move = async (slot: number, from: number, to: number): Promise<void> => {
    const [source, target] = [servers[from], servers[to]] as [Server, Server];
    const slotMove = await beginMove(servers, slot, source, target);
    for (const key of await slotMove.keys()) await slotMove.move([key]);
    await load.progress(1);
    await slotMove.finish();
  };

  await rounds(load, async () => {
    const slots = [...new Set(["{node-redis}", "{ioredis}", ...load.keys.slice(0, 20)].map(hashSlot))];
    for (const slot of slots) await move(slot, homeOf(slot), (homeOf(slot) + 1) % servers.length);
    await load.progress(PAUSE);
    for (const slot of slots) await move(slot, (homeOf(slot) + 1) % servers.length, homeOf(slot));

    await load.progress(PAUSE);
    await forgetScripts(servers);
    await load.progress(PAUSE);
    const window = await takesOver(first, replica);
    load.lossy({ ...window, affects: (key) => homeOf(hashSlot(key)) === 0 });
    await load.progress(PAUSE);
    await first.restart();
    await isReplicaOf(replica, first);
    await load.progress(PAUSE);
    // Asked for, it loses nothing.
    await first.command("CLUSTER", "FAILOVER");
    await isReplicaOf(first, replica);
  });
  await node.close();
  await io.close();
  await cluster.stop();
  void others;
});

test("a Sentinel whose master is killed", { timeout: timeoutMs }, async () => {
  const sentinel = await startSentinel();
  const { name, sentinels, servers } = sentinel;
  const node = await nodeRedis(createSentinel({ name, sentinelRootNodes: sentinels }), (client) => client.destroy());
  const io = ioredis(new Redis({ name, sentinels }));
  const load = new Load();
  load.add("node-redis", node.client);
  load.add("node-redis, stepwise", node.client, { topology: "stepwise" });
  load.add("ioredis", io.client);
  load.add("ioredis, stepwise", io.client, { topology: "stepwise" });
  await rounds(load, async () => {
    await forgetScripts(servers);
    await load.progress(PAUSE);
    const master = await sentinel.master();
    const replica = servers.find((server: Server) => server !== master) as Server;
    load.lossy({ ...(await takesOver(master, replica)), affects: () => true });
    await load.progress(PAUSE);
    await master.restart();
    await isReplicaOf(replica, master);
  });
  await node.close();
  await io.close();
  await sentinel.stop();
});

test("a server that keeps its commands and restarts", { timeout: timeoutMs }, async () => {
  const redis = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
  const node = await nodeRedis(createClient({ url: redis.url }), (client) => client.destroy());
  const io = ioredis(new Redis(redis.url));
  const load = new Load();
  load.add("node-redis", node.client);
  load.add("node-redis, stepwise", node.client, { topology: "stepwise" });
  load.add("ioredis", io.client);
  load.add("ioredis, stepwise", io.client, { topology: "stepwise" });
  await rounds(load, async () => {
    await redis.restart();
    await load.progress(PAUSE);
    await forgetScripts([redis]);
  });
  await node.close();
  await io.close();
  await redis.stop();
});
