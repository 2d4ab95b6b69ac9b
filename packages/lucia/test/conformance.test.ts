// The promises of the core, held on what an application calls of Lucia, and on `sessions`.
import { rawKeyspace, rawMemory, streamClients } from "@redis-keyspace/scripts/clients";
import { startCluster, startSlotCheckingRedis } from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { createSessionStream } from "redis-keyspace/live";
import { memoryDriver } from "redis-keyspace/memory";
import { type AdapterTarget, adapterConformance, type RegisterTest } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { clients, inspect, upstashStreamClient } from "./support/clients.js";
import { openLucia2, openLucia3 } from "./support/under-test.js";

type Place = Pick<AdapterTarget, "client" | "raw" | "tag" | "stream">;

function lucia2On(place: Place, name: string, legacyIndex: boolean, register: RegisterTest = test): void {
  const target = { ...place, name: `Lucia 2 on ${name}, ${legacyIndex ? "beside" : "without"} legacy sets` };
  adapterConformance(register, { ...target, open: (client, options) => openLucia2(client, options, legacyIndex) });
}

function atomicConformance(name: string, place: Place): void {
  lucia2On(place, name, true);
  adapterConformance(test, { ...place, name: `Lucia 3 on ${name}`, open: openLucia3 });
}

function stepwiseConformance(name: string, place: Place): void {
  lucia2On(place, name, false);
  // In steps, an index beside a set keeps for two lifetimes, and not for a minute, what a crash left without a record: the
  // kit would take it for a key that is left behind.
  lucia2On(place, name, true, (title, body) => {
    if (!title.includes("a crash after")) test(title, body);
  });
  adapterConformance(test, { ...place, name: `Lucia 3 on ${name}`, open: openLucia3 });
}

const inspector = inspect();
const raw = rawKeyspace([inspector]);
for (const [name, connectStream] of Object.entries({ ...streamClients, "@upstash/redis 1.39": upstashStreamClient })) {
  const connected = await clients[name]?.(inject("redisUrl"));
  if (connected === undefined) throw new Error(`there is no client ${name}`);
  const streamClient = await connectStream(inject("redisUrl"));
  const stream = createSessionStream(streamClient.client);
  afterAll(async () => {
    await stream.close();
    for (const { close } of [connected, streamClient]) await close();
  });
  atomicConformance(name, { client: connected.client, raw, stream });
}
const memory = memoryDriver();
atomicConformance("memory", { client: memory, raw: rawMemory(memory) });
stepwiseConformance("a client for each model", { client: { session: inspector, userSessions: inspect() }, raw });

const cluster = await startCluster();
const [client, userSessions] = [new Cluster(cluster.nodes), new Cluster(cluster.nodes)];
const masters = cluster.urls.map((url: string) => new Redis(url));
afterAll(async () => {
  for (const connection of [client, userSessions, ...masters]) connection.disconnect();
  await cluster.stop();
});
const ofCluster = rawKeyspace(masters, client);
stepwiseConformance("a Cluster, keys in any slots", { client, raw: ofCluster });
atomicConformance("a Cluster, keys in one slot", { client, raw: ofCluster, tag: "{app}" });
stepwiseConformance("a Cluster, a client for each model", {
  client: { session: client, userSessions },
  raw: ofCluster,
});

// One endpoint that checks slots, behind a client that knows nothing of them.
const checking = await startSlotCheckingRedis();
const plain = new Redis(checking.url);
afterAll(async () => {
  plain.disconnect();
  await checking.stop();
});
stepwiseConformance("a server that checks slots", { client: plain, raw: rawKeyspace([plain]) });
