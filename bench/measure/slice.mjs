import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { inParallel } from "../data/pool.mjs";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

/**
 * @typedef {object} Sample Per operation.
 * @property {number} perSecond
 * @property {number} clientCpuUs
 * @property {number} redisCpuUs
 */

/**
 * Runs `count` operations, `concurrency` at once.
 *
 * @param {{ run: (item: any) => Promise<unknown>, items: unknown[], count: number, concurrency: number, redisCpuUs: () => Promise<number> }} slice
 * @returns {Promise<Sample>}
 */
export async function timeSlice({ run, items, count, concurrency, redisCpuUs }) {
  // What others left is not this contestant's: their garbage, and the timers of node-redis 6 that end with it.
  collectGarbage({ type: "minor" });
  await nextTurn();
  await nextTurn();
  const redisBefore = await redisCpuUs();
  const clientBefore = process.cpuUsage();
  const start = performance.now();
  await inParallel(count, concurrency, (i) => run(items[i % items.length]));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(clientBefore);
  const redis = (await redisCpuUs()) - redisBefore;
  return { perSecond: count / seconds, clientCpuUs: (user + system) / count, redisCpuUs: redis / count };
}
