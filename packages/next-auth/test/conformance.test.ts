// The promises of the core, held on what Auth.js calls and on `sessions`.
import { randomBytes } from "node:crypto";
import { rawKeyspace, streamClients } from "@redis-keyspace/scripts/clients";
import { startCluster, startSlotCheckingRedis } from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { createSessionStream } from "redis-keyspace/live";
import { seal } from "redis-keyspace/sealing";
import { adapterConformance } from "redis-keyspace/testing";
import { afterAll, expect, inject, test } from "vitest";
import { redisAuth } from "../src/index.js";
import { clients, inspect, upstash } from "./support/clients.js";
import { newSession, newUser } from "./support/records.js";
import { openAuth as open } from "./support/under-test.js";

const raw = rawKeyspace([inspect()]);
const streams = {
  "node-redis": streamClients["node-redis 6"],
  ioredis: streamClients["ioredis 6"],
  async upstash(url: string) {
    const { client, server } = await upstash(url);
    return { client, close: () => server.close() };
  },
};
for (const [name, connect] of Object.entries(clients)) {
  const { client, close } = await connect(inject("redisUrl"));
  const streamClient = await streams[name as keyof typeof streams](inject("redisUrl"));
  const stream = createSessionStream(streamClient.client);
  afterAll(async () => {
    await stream.close();
    await close();
    await streamClient.close();
  });
  adapterConformance(test, { name, client, raw, stream, open });
}

const sealed = new Redis(inject("redisUrl"));
afterAll(() => sealed.disconnect());
const codec = seal(randomBytes(32).toString("base64"));
adapterConformance(test, {
  ...{ name: "sealed", client: sealed, raw },
  open: (client, options) => open(client, options, { codec, accountCodec: codec }),
});

const cluster = await startCluster();
const client = new Cluster(cluster.nodes);
const masters = cluster.urls.map((url: string) => new Redis(url));
afterAll(async () => {
  for (const connection of [client, ...masters]) connection.disconnect();
  await cluster.stop();
});
adapterConformance(test, { name: "a Cluster", client, raw: rawKeyspace(masters, client), tag: "{app}:", open });

// One endpoint that checks slots, behind a client that knows nothing of them.
const checking = await startSlotCheckingRedis();
const plain = new Redis(checking.url);
afterAll(async () => {
  plain.disconnect();
  await checking.stop();
});
const place = { name: "a server that checks slots", client: plain, raw: rawKeyspace([plain]) };
adapterConformance(test, { ...place, tag: "{app}:", open });

test("a server that checks slots, and no hash tag: what is refused says which option needs one", async () => {
  const { adapter, sessions } = redisAuth(plain, { baseKeyPrefix: "app:" });
  const refused = {
    code: "ERR_REDIS_KEYS",
    message: 'the server takes keys of one slot only: option "baseKeyPrefix" needs a {hash tag}',
  };
  await expect(adapter.createUser(newUser())).rejects.toMatchObject(refused);
  await expect(adapter.createSession(newSession("u1"))).rejects.toMatchObject(refused);
  await expect(sessions.deleteAll("u1")).rejects.toMatchObject(refused);
  expect(await place.raw.keys("app:")).toEqual([]);
});
