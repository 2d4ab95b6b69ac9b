import { rawKeyspace } from "@redis-keyspace/scripts/clients";
import { startCluster } from "@redis-keyspace/scripts/servers";
import { Cluster, Redis } from "ioredis";
import { conformance } from "redis-keyspace/testing";
import { afterAll, describe, test } from "vitest";
import { clusterClients } from "./targets.js";

const cluster = await startCluster();
const router = new Cluster(cluster.nodes);
const inspectors = cluster.urls.map((url: string) => new Redis(url));
const raw = rawKeyspace(inspectors, router);

afterAll(async () => {
  router.disconnect();
  for (const inspector of inspectors) inspector.disconnect();
  await cluster.stop();
});

for (const [name, connect] of Object.entries(clusterClients)) {
  describe(`${name} on a Cluster of three masters`, async () => {
    const { client, close } = await connect(cluster);
    afterAll(close);
    conformance(test, { name: "keys in any slots", client, raw }, { atomic: false, interleavings: 20, signIns: 1000 });
    const effort = { interleavings: 20, signIns: 1000 };
    conformance(test, { name: "keys in one slot", client, raw, tag: "{app}" }, effort);
  });
}
