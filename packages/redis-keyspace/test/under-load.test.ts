import { ioredis, nodeRedis } from "@redis-keyspace/scripts/clients";
import {
  beginMove,
  isReplicaOf,
  knowsSlotsOf,
  startCluster,
  startRedis,
  startSentinel,
  takesOver,
} from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster, createSentinel } from "redis";
import type { StoreClient } from "redis-keyspace";
import { expect, test } from "vitest";
import { hashSlot } from "../src/lib/redis/key-slot.js";
import { Load } from "./under-load/load.js";

// Servers that move, fail over and restart while 20 writers and readers are at work on each client: no live session is
// taken for none, none comes back, all are listed, and no acknowledged write is lost but what Redis had not replicated.
// As a test each is one short round. `npm run soak`: long rounds, for SOAK_MINUTES each; 0: one.
const soakMinutes = process.env["SOAK_MINUTES"];
const isSoak = soakMinutes !== undefined;
const minutes = Number(soakMinutes ?? 0);
const timeout = minutes * 60_000 + 120_000;

/** How many operations each store answers between two disturbances. */
const PAUSE = isSoak ? 100 : 30;

/** How many slots move in a round, besides those with all the sessions of a store. */
const SLOTS = isSoak ? 6 : 2;

/** How many operations each store answers while nothing reaches the replica. */
const UNREPLICATED = 10;

type Server = Awaited<ReturnType<typeof startRedis>>;

async function rounds(work: (load: Load) => void, round: (load: Load) => Promise<void>): Promise<void> {
  const end = performance.now() + minutes * 60_000;
  do {
    const load = new Load();
    work(load);
    await load.progress(PAUSE);
    await round(load);
    await load.progress(PAUSE);
    const faults = await load.stop();
    if (isSoak) console.info(load.report);
    expect(faults.slice(0, 20)).toEqual([]);
  } while (performance.now() < end);
}

function bothExecutions(clients: Readonly<Record<string, StoreClient>>): (load: Load) => void {
  return (load) => {
    for (const [name, client] of Object.entries(clients)) {
      load.add(name, client);
      load.add(`${name}, stepwise`, client, { topology: "stepwise" });
    }
  };
}

async function forgetScripts(servers: readonly Server[]): Promise<void> {
  for (const server of servers) await server.command("SCRIPT", "FLUSH");
}

interface Takeover {
  readonly master: Server;
  readonly replica: Server;
  /** Which keys are the master's. */
  readonly affects: (key: string) => boolean;
}

/** Ends a master after some operations that its replica does not hear of. */
async function takesOverUnderLoad(load: Load, { master, replica, affects }: Takeover): Promise<void> {
  let end = (): void => {};
  await takesOver(master, replica, async (since: number) => {
    end = load.lossy(since, affects);
    await load.progress(UNREPLICATED);
  });
  end();
}

test.concurrent("a Cluster whose slots move there and back, and whose master is killed", { timeout }, async ({
  onTestFinished,
}) => {
  const cluster = await startCluster({ replica: true });
  onTestFinished(cluster.stop);
  const { servers } = cluster;
  const [first, replica] = [servers[0], cluster.replica] as [Server, Server];
  const node = await nodeRedis(createCluster({ rootNodes: cluster.rootNodes }), (client) => client.destroy());
  onTestFinished(node.close);
  const io = ioredis(new Cluster(cluster.nodes));
  onTestFinished(io.close);
  const clients = { "node-redis": node.client, ioredis: io.client };

  const homeOf = (slot: number): number => Math.floor((slot * servers.length) / 16_384);
  async function move(load: Load, slot: number, from: number, to: number): Promise<void> {
    const [source, target] = [servers[from % servers.length], servers[to % servers.length]] as [Server, Server];
    const { keys, move: moveKeys, finish } = await beginMove(servers, slot, source, target);
    await moveKeys(await keys());
    await load.progress(1);
    await finish();
  }

  await rounds(
    (load) => {
      for (const [name, client] of Object.entries(clients)) {
        load.add(`${name}, any slots`, client, { topology: "stepwise" });
        load.add(`${name}, one slot`, client, { sessionPrefix: `{${name}}` });
      }
    },
    async (load) => {
      const keys = load.keys.filter((key) => !key.startsWith("{"));
      const some = keys.filter((_, i) => i % Math.ceil(keys.length / SLOTS) === 0);
      const slots = [...new Set([...Object.keys(clients).map((name) => `{${name}}`), ...some].map(hashSlot))];
      for (const slot of slots) await move(load, slot, homeOf(slot), homeOf(slot) + 1);
      await load.progress(PAUSE);
      for (const slot of slots) await move(load, slot, homeOf(slot) + 1, homeOf(slot));
      await forgetScripts(servers);
      await load.progress(PAUSE);
      await knowsSlotsOf(first, replica);
      await takesOverUnderLoad(load, { master: first, replica, affects: (key) => homeOf(hashSlot(key)) === 0 });
      await load.progress(PAUSE);
      await first.restart();
      await isReplicaOf(replica, first);
      await load.progress(PAUSE);
      // Asked for, it loses nothing.
      await first.command("CLUSTER", "FAILOVER");
      await isReplicaOf(first, replica);
    },
  );
});

test.concurrent("a Sentinel whose master is killed", { timeout }, async ({ onTestFinished }) => {
  const sentinel = await startSentinel();
  onTestFinished(sentinel.stop);
  const { name, sentinels, servers } = sentinel;
  const node = await nodeRedis(createSentinel({ name, sentinelRootNodes: sentinels }), (client) => client.destroy());
  onTestFinished(node.close);
  const io = ioredis(new Redis({ name, sentinels }));
  onTestFinished(io.close);
  await rounds(bothExecutions({ "node-redis": node.client, ioredis: io.client }), async (load) => {
    const master = await sentinel.master();
    const replica = servers.find((server: Server) => server !== master) as Server;
    await isReplicaOf(master, replica);
    await forgetScripts(servers);
    await load.progress(PAUSE);
    await takesOverUnderLoad(load, { master, replica, affects: () => true });
    await load.progress(PAUSE);
    // For some seconds it takes itself for a master, and has nothing.
    await master.restart();
    await load.progress(5 * PAUSE);
  });
});

test.concurrent("a server that keeps its commands and restarts", { timeout }, async ({ onTestFinished }) => {
  const redis = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
  onTestFinished(redis.stop);
  const node = await nodeRedis(createClient({ url: redis.url }), (client) => client.destroy());
  onTestFinished(node.close);
  const io = ioredis(new Redis(redis.url));
  onTestFinished(io.close);
  await rounds(bothExecutions({ "node-redis": node.client, ioredis: io.client }), async (load) => {
    await redis.restart();
    await load.progress(PAUSE);
    await forgetScripts([redis]);
  });
});
