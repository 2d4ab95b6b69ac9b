// Servers of a kind with the clients for them, for the tests of adapters.
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster, createSentinel } from "redis";
import { ioredis, nodeRedis, rawKeyspace } from "./clients.mjs";
import { startCluster, startSentinel, startSlotCheckingRedis } from "./servers/index.mjs";

/** A Cluster of three masters, and a client of node-redis and one of ioredis for it. */
export async function clusterClients() {
  const { rootNodes, nodes, stop } = await startCluster();
  return closedTogether(stop, [
    await nodeRedis(createCluster({ rootNodes }), (client) => client.destroy()),
    ioredis(new Cluster(nodes)),
  ]);
}

/** A master with a replica and three sentinels, and a client of node-redis and one of ioredis for it. */
export async function sentinelClients() {
  const { name, sentinels, stop } = await startSentinel();
  return closedTogether(stop, [
    await nodeRedis(createSentinel({ name, sentinelRootNodes: sentinels }), (client) => client.destroy()),
    ioredis(new Redis({ name, sentinels })),
  ]);
}

/**
 * What the kit runs an adapter on: a server, which does record and index in one script, and one that checks slots behind a
 * client that knows nothing of them, where it is a key a step.
 *
 * @param {string} url
 */
export async function adapterTargets(url) {
  const checking = await startSlotCheckingRedis();
  const inspector = ioredis(new Redis(url));
  const node = await nodeRedis(createClient({ url }), (client) => client.destroy());
  const plain = ioredis(new Redis(checking.url));
  const { close } = closedTogether(checking.stop, [inspector, node, plain]);
  return {
    targets: [
      { name: "node-redis", client: node.client, raw: rawKeyspace([inspector.client]) },
      { name: "a server that checks slots", client: plain.client, raw: rawKeyspace([plain.client]) },
    ],
    close,
  };
}

/**
 * @template {import("./clients.mjs").Connected<unknown>} Connection
 * @param {() => Promise<void>} stop
 * @param {readonly Connection[]} connections
 * @returns {{ clients: Connection["client"][], close(): Promise<void> }}
 */
function closedTogether(stop, connections) {
  return {
    clients: connections.map(({ client }) => client),
    async close() {
      await Promise.all(connections.map(({ close }) => close()));
      await stop();
    },
  };
}
