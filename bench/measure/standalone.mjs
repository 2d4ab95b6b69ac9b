import { startRedis } from "@redis-keyspace/scripts/servers";
import { connect } from "../clients.mjs";
import { measureCell } from "./cell.mjs";
import { countCosts } from "./costs.mjs";
import { Meter } from "./meter.mjs";
import { removeAllKeys } from "./remove-all-keys.mjs";
import { toResults } from "./rows.mjs";
import { cpuOf } from "./server-info.mjs";

/**
 * @typedef {(connection: import("../clients.mjs").Connection) => any} ContestantOf
 *
 * @typedef {object} LineUp
 * @property {Record<string, any[]>} contestantsOn By client, ours first.
 * @property {Record<string, any>} seeders The same contestants by name, each on any client.
 */

/**
 * Every cell on one Redis, on each client.
 *
 * @param {object} what
 * @param {import("./cell.mjs").Cell[]} what.cells
 * @param {(cell: import("./cell.mjs").Cell) => import("./cell.mjs").Effort} what.effortFor
 * @param {ContestantOf} what.ours
 * @param {(...connections: import("../clients.mjs").Connection[]) => LineUp} what.lineUp
 *   Of connections of node-redis 6, ioredis 6 and node-redis 4.7.
 * @param {typeof measureCell} [what.measure]
 * @param {(text: string) => void} progress
 */
export async function measureStandalone({ cells, effortFor, ours, lineUp, measure = measureCell }, progress) {
  const server = await startRedis();
  const meter = new Meter();
  const open = [];
  const connected = async (client, url) => {
    const connection = await connect[client](url);
    open.push(connection);
    return connection;
  };

  try {
    const { contestantsOn, seeders } = lineUp(
      await connected("node-redis 6", server.url),
      await connected("ioredis 6", server.url),
      await connected("node-redis 4.7", server.url),
    );

    const proxied = await meter.proxy(server);
    const metered = {};
    for (const client of Object.keys(contestantsOn)) {
      metered[client] = ours(await connected(client, `redis://${proxied.host}:${proxied.port}`));
    }

    const results = [];
    for (const [client, all] of Object.entries(contestantsOn)) {
      for (const cell of cells) {
        progress(`${cell.op}, n ${cell.n}, concurrency ${cell.concurrency}, ${client}`);
        await removeAllKeys(server);
        const contestants = all.filter((contestant) => contestant[cell.op] !== undefined);
        const samples = await measure(cell, {
          contestants,
          seeders,
          effort: effortFor(cell),
          redisCpuUs: () => cpuOf([server]),
        });
        const costs = await countCosts(cell, { contestant: metered[client], seeder: seeders.ours, meter });
        results.push(toResults(cell, samples, costs));
      }
    }
    return {
      rows: results.flatMap(({ rows }) => rows),
      contestants: results.flatMap(({ contestants }) => contestants),
    };
  } finally {
    await Promise.all(open.map((connection) => connection.close()));
    await meter.close();
    await server.stop();
  }
}
