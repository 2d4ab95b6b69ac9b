import { startRedis } from "@redis-keyspace/scripts/servers";
import { connect } from "../clients.mjs";
import { connectRedis } from "../contestants/connect-redis.mjs";
import { lucia } from "../contestants/lucia.mjs";
import { ours } from "../contestants/ours.mjs";
import { raw } from "../contestants/raw.mjs";
import { rawCluster } from "../contestants/raw-cluster.mjs";
import { sveltekit } from "../contestants/sveltekit.mjs";
import { measureCluster } from "../measure/cluster.mjs";
import { measureIndexGrowth } from "../measure/index-growth.mjs";
import { measureMemory } from "../measure/memory.mjs";
import { withMix } from "../measure/mix.mjs";
import { measureStandalone } from "../measure/standalone.mjs";
import { memoryTable, mixTable, ratioTable } from "../report/tables.mjs";
import { judge } from "../targets.mjs";

/** The core. */
export const sessions = { measure, tables, judge };

async function measure(plan, progress) {
  const lineUp = (node6, io6, node4) => lineUpOf(node6, io6, node4, plan.allPeersOnFastest);
  const standalone = await measureStandalone({ ...plan, ours, lineUp }, progress);
  const cluster = await measureCluster({ ...plan, clusterLineUp: [ours, rawCluster] }, progress);
  progress("memory");
  const memory = [];
  for (const [name, contestantOf] of Object.entries({ ours, lucia, "connect-redis": connectRedis })) {
    memory.push(await measureMemory(name, contestantOf, "node-redis 6", plan.memoryUsers));
  }
  progress("index growth");
  return {
    rows: [...standalone.rows, ...cluster.rows],
    contestants: [...standalone.contestants, ...cluster.contestants],
    memory,
    indexGrowth: await measureGrowth(),
  };
}

function lineUpOf(node6, io6, node4, allPeersOnFastest) {
  const fastest = [lucia(node4), ...(allPeersOnFastest ? [sveltekit(node4)] : [])];
  return {
    contestantsOn: {
      "node-redis 6": [ours(node6), raw(node6), lucia(node6), sveltekit(node6), connectRedis(node6), ...fastest].map(
        withMix,
      ),
      "ioredis 6": [ours(io6), raw(io6), lucia(io6), sveltekit(io6), ...fastest].map(withMix),
    },
    seeders: {
      ours: ours(node6),
      raw: raw(node4),
      lucia: lucia(node4),
      sveltekit: sveltekit(node4),
      "connect-redis": connectRedis(node6),
    },
  };
}

async function measureGrowth() {
  const server = await startRedis();
  const connection = await connect["node-redis 6"](server.url);
  try {
    return await measureIndexGrowth(connection);
  } finally {
    await connection.close();
    await server.stop();
  }
}

function tables({ rows: all, contestants, memory }) {
  const rows = all.filter(({ op }) => op !== "mix");
  return {
    "A web application's requests (90 % reads, 8 % renewals and changes, 1 % sign-ins, 1 % sign-outs)":
      mixTable(contestants),
    "Operations per second, ours ÷ theirs; costs of ours per operation (c: concurrency)": ratioTable(rows),
    Memory: memoryTable(memory),
  };
}
