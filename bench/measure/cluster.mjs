import { startCluster } from "@redis-keyspace/scripts/servers";
import { connectCluster } from "../clients.mjs";
import { ours } from "../contestants/ours.mjs";
import { rawCluster } from "../contestants/raw-cluster.mjs";
import { measureCell } from "./cell.mjs";
import { countCosts } from "./costs.mjs";
import { Meter } from "./meter.mjs";
import { removeAllKeys } from "./remove-all-keys.mjs";
import { toResults } from "./rows.mjs";
import { cpuOf } from "./server-info.mjs";

/**
 * The cluster cells of the plan, with the keys in any slots.
 *
 * @param {ReturnType<import("../plan.mjs").plan>} plan
 * @param {(text: string) => void} progress
 * @returns {Promise<import("./rows.mjs").Row[]>}
 */
export async function measureCluster({ clusterCells, effortFor }, progress) {
  const cluster = await startCluster();
  const meter = new Meter();
  const open = [];
  try {
    const addresses = {};
    for (const server of cluster.servers) addresses[`${server.host}:${server.port}`] = await meter.proxy(server);

    const rows = [];
    for (const client of Object.keys(connectCluster)) {
      const direct = await connectCluster[client](cluster);
      const proxied = await connectCluster[client](cluster, addresses);
      open.push(direct, proxied);
      for (const cell of clusterCells) {
        progress(`${cell.op}, n ${cell.n}, concurrency ${cell.concurrency}, ${client}, Cluster`);
        await Promise.all(cluster.servers.map(removeAllKeys));
        const seeders = { ours: ours(direct), raw: rawCluster(direct) };
        const samples = await measureCell(cell, {
          contestants: Object.values(seeders),
          seeders,
          effort: effortFor(cell),
          redisCpuUs: () => cpuOf(cluster.servers),
        });
        const costs = await countCosts(cell, { contestant: ours(proxied), seeder: seeders.ours, meter });
        const named = (row) => ({ ...row, client: `${row.client} Cluster`, vsClient: `${row.vsClient} Cluster` });
        rows.push(...toResults(cell, samples, costs).rows.map(named));
      }
    }
    return rows;
  } finally {
    await Promise.all(open.map((connection) => connection.close()));
    await meter.close();
    await cluster.stop();
  }
}
