import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ofBuild, ours } from "../contestants/ours.mjs";
import { raw } from "../contestants/raw.mjs";
import { rawCluster } from "../contestants/raw-cluster.mjs";
import { measureCluster } from "../measure/cluster.mjs";
import { repeating } from "../measure/repeat.mjs";
import { measureStandalone } from "../measure/standalone.mjs";
import { comparisonTable, middleOf } from "../report/comparison.mjs";
import { judgeAgainst, LEAST_AGAINST } from "../targets.mjs";

/**
 * The core as it is built now beside an earlier build of it.
 *
 * @param {string} folder Of a redis-keyspace with its `dist`.
 */
export async function against(folder) {
  const entry = resolve(folder, "dist/index.js");
  if (!(await stat(entry).catch(() => undefined))?.isFile()) {
    throw new Error(`--against takes the folder of a built redis-keyspace; there is no ${entry}`);
  }
  const { createSessionStore } = await import(pathToFileURL(entry).href);
  return ofBuilds((connection) => ofBuild("before", createSessionStore, connection));
}

/** @param {import("../measure/standalone.mjs").ContestantOf} before */
export function ofBuilds(before) {
  const on = (connection) => [ours(connection), before(connection), raw(connection)];
  const lineUp = (node6, io6) => ({
    contestantsOn: { "node-redis 6": on(node6), "ioredis 6": on(io6) },
    seeders: { ours: ours(node6), before: before(node6), raw: raw(node6) },
  });

  async function measure({ against: plan }, progress) {
    const how = { ...plan, measure: repeating({ vs: "before", least: LEAST_AGAINST, repeats: plan.repeats }) };
    const standalone = await measureStandalone({ ...how, ours, lineUp }, progress);
    const cluster = await measureCluster({ ...how, clusterLineUp: [ours, before, rawCluster] }, progress);
    return {
      rows: [...standalone.rows, ...cluster.rows],
      contestants: [...standalone.contestants, ...cluster.contestants],
    };
  }

  return {
    measure,
    tables: (results) => ({
      [`Ours ÷ the build before; ${middleOf(results.rows)} in the middle of all`]: comparisonTable(results),
    }),
    judge: ({ rows }) => [judgeAgainst(rows)],
  };
}
