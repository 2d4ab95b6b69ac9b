import { startRedis } from "@redis-keyspace/scripts/servers";
import { connect } from "../clients.mjs";
import { connectRedis } from "../contestants/connect-redis.mjs";
import { lucia } from "../contestants/lucia.mjs";
import { ours } from "../contestants/ours.mjs";
import { raw } from "../contestants/raw.mjs";
import { sveltekit } from "../contestants/sveltekit.mjs";
import { measureCell } from "./cell.mjs";
import { countCosts } from "./costs.mjs";
import { Meter } from "./meter.mjs";
import { removeAllKeys } from "./remove-all-keys.mjs";
import { toResults } from "./rows.mjs";
import { cpuOf } from "./server-info.mjs";

/**
 * Every cell of the plan on one Redis, on each client.
 *
 * @param {ReturnType<import("../plan.mjs").plan>} plan
 * @param {(text: string) => void} progress
 */
export async function measureStandalone({ cells, effortFor, allPeersOnFastest }, progress) {
  const server = await startRedis();
  const meter = new Meter();
  const open = [];
  const connected = async (client, url) => {
    const connection = await connect[client](url);
    open.push(connection);
    return connection;
  };

  try {
    const [node6, node4, io6] = [
      await connected("node-redis 6", server.url),
      await connected("node-redis 4.7", server.url),
      await connected("ioredis 6", server.url),
    ];
    const fastest = [lucia(node4), ...(allPeersOnFastest ? [sveltekit(node4)] : [])];
    const contestantsOn = {
      "node-redis 6": [ours(node6), raw(node6), lucia(node6), sveltekit(node6), connectRedis(node6), ...fastest],
      "ioredis 6": [ours(io6), raw(io6), lucia(io6), sveltekit(io6), ...fastest],
    };
    const seeders = {
      ours: ours(node6),
      raw: raw(node4),
      lucia: lucia(node4),
      sveltekit: sveltekit(node4),
      "connect-redis": connectRedis(node6),
    };

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
        const samples = await measureCell(cell, {
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
