import { startCluster } from "@redis-keyspace/scripts/servers";
import { connectCluster } from "../clients.mjs";
import { ours } from "../contestants/ours.mjs";
import { measureCell } from "./cell.mjs";
import { countCosts } from "./costs.mjs";
import { Meter } from "./meter.mjs";
import { removeAllKeys } from "./remove-all-keys.mjs";
import { toResults } from "./rows.mjs";
import { cpuOf } from "./server-info.mjs";

/**
 * Every cell on one Cluster, on each client, with the keys in any slots.
 *
 * @param {object} what
 * @param {import("./cell.mjs").Cell[]} what.clusterCells
 * @param {(cell: import("./cell.mjs").Cell) => import("./cell.mjs").Effort} what.effortFor
 * @param {import("./standalone.mjs").ContestantOf[]} what.clusterLineUp Ours first.
 * @param {typeof measureCell} [what.measure]
 * @param {(text: string) => void} progress
 */
export async function measureCluster({ clusterCells, effortFor, clusterLineUp, measure = measureCell }, progress) {
  const cluster = await startCluster();
  const meter = new Meter();
  const open = [];
  try {
    const addresses = {};
    for (const server of cluster.servers) addresses[`${server.host}:${server.port}`] = await meter.proxy(server);

    const results = [];
    for (const client of Object.keys(connectCluster)) {
      const direct = await connectCluster[client](cluster);
      const proxied = await connectCluster[client](cluster, addresses);
      open.push(direct, proxied);
      for (const cell of clusterCells) {
        progress(`${cell.op}, n ${cell.n}, concurrency ${cell.concurrency}, ${client}, Cluster`);
        await Promise.all(cluster.servers.map(removeAllKeys));
        const contestants = clusterLineUp.map((contestantOf) => contestantOf(direct));
        const seeders = Object.fromEntries(contestants.map((contestant) => [contestant.name, contestant]));
        const samples = await measure(cell, {
          contestants,
          seeders,
          effort: effortFor(cell),
          redisCpuUs: () => cpuOf(cluster.servers),
        });
        const costs = await countCosts(cell, { contestant: ours(proxied), seeder: seeders.ours, meter });
        results.push(toResults(cell, samples, costs));
      }
    }
    const onCluster = ({ client, ...rest }) => ({ ...rest, client: `${client} Cluster` });
    return {
      rows: results.flatMap(({ rows }) =>
        rows.map((row) => ({ ...onCluster(row), vsClient: `${row.vsClient} Cluster` })),
      ),
      contestants: results.flatMap((result) => result.contestants.map(onCluster)),
    };
  } finally {
    await Promise.all(open.map((connection) => connection.close()));
    await meter.close();
    await cluster.stop();
  }
}
