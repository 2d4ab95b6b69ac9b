// The promises of the core, held on what Auth.js calls and on `sessions`.
import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { startCluster } from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { adapterConformance } from "redis-keyspace/testing";
import { afterAll, inject, test } from "vitest";
import { clients, inspect } from "./support/clients.js";
import { openAuth as open } from "./support/under-test.js";

const raw = rawKeyspace([inspect()]);
for (const [name, connect] of Object.entries(clients)) {
  const { client, close } = await connect(inject("redisUrl"));
  afterAll(() => close());
  adapterConformance(test, { name, client, raw, open });
}

const cluster = await startCluster();
const client = new Cluster(cluster.nodes);
const masters = cluster.urls.map((url: string) => new Redis(url));
afterAll(async () => {
  for (const connection of [client, ...masters]) connection.disconnect();
  await cluster.stop();
});
adapterConformance(test, { name: "a Cluster", client, raw: rawKeyspace(masters, client), tag: "{app}:", open });
