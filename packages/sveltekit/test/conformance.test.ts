// What the kit asks of every adapter, of the hook and of both session stores, inside requests of a running SvelteKit.
import { rawKeyspace, rawMemory, streamClients } from "@redis-keyspace/scripts/clients";
import { startSlotCheckingRedis } from "@redis-keyspace/scripts/servers";
import { Redis } from "ioredis";
import type { StoreClient } from "redis-keyspace";
import { createSessionStream, type SessionStream } from "redis-keyspace/live";
import { memoryDriver } from "redis-keyspace/memory";
import { adapterConformance, type RegisterTest } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { openArticleStore, openHook, openLegacyStore } from "./support/adapters.js";
import { clients, inspect, upstashStreamClient } from "./support/clients.js";
import { kits } from "./support/kit.js";

const inspector = inspect();

async function connect(name: string): Promise<StoreClient> {
  const connected = await clients[name]?.(inject("redisUrl"));
  if (connected === undefined) throw new Error(`there is no client ${name}`);
  afterAll(() => connected.close());
  return connected.client;
}

async function streamOn(name: keyof typeof connectStream): Promise<SessionStream> {
  const { client, close } = await connectStream[name](inject("redisUrl"));
  const stream = createSessionStream(client);
  afterAll(async () => {
    await stream.close();
    await close();
  });
  return stream;
}

const connectStream = { ...streamClients, "@upstash/redis 1.39": upstashStreamClient };
const streams: Readonly<Record<string, SessionStream>> = {
  "node-redis 6": await streamOn("node-redis 6"),
  "ioredis 6": await streamOn("ioredis 6"),
  "@upstash/redis 1.39": await streamOn("@upstash/redis 1.39"),
};

const targets: Readonly<Record<string, StoreClient>> = {
  "node-redis 6": await connect("node-redis 6"),
  "ioredis 6": await connect("ioredis 6"),
  "@upstash/redis 1.39": await connect("@upstash/redis 1.39"),
  "two clients": { session: inspector, userSessions: inspect() },
};
const adapters = {
  ...Object.fromEntries(kits.map((kit) => [`the hook in ${kit}`, openHook(kit)])),
  RedisSessionStore: openArticleStore,
  LegacySessionStore: openLegacyStore,
};

const memory = memoryDriver();
// One endpoint that checks slots, behind a client that knows nothing of them.
const server = await startSlotCheckingRedis();
const plain = new Redis(server.url);
afterAll(async () => {
  plain.disconnect();
  await server.stop();
});
for (const [name, client] of Object.entries({ ...targets, memory, "a server that checks slots": plain })) {
  const raw = client === memory ? rawMemory(memory) : rawKeyspace([client === plain ? plain : inspector]);
  for (const [adapter, open] of Object.entries(adapters)) {
    // In steps, an index beside a set keeps for two lifetimes, and not for a minute, what a crash left without a record: the
    // kit would take it for a key that is left behind.
    const besideSets = client === plain && open === openLegacyStore;
    const register: RegisterTest = besideSets
      ? (title, body) => title.includes("a crash after") || test(title, body)
      : test;
    adapterConformance(register, { name: `${adapter} on ${name}`, client, raw, stream: streams[name], open });
  }
}
