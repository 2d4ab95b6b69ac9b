import { measureCell } from "../measure/cell.mjs";
import { removeAllKeys } from "../measure/remove-all-keys.mjs";
import { toResults } from "../measure/rows.mjs";
import { rounded } from "../measure/statistics.mjs";
import { oneRequest, ours, published } from "./contestants.mjs";

/** What Auth.js calls it, by operation. */
const names = { get: "getSessionAndUser", signIn: "sign-in", delete: "sign-out" };

/**
 * @typedef {object} Time
 * @property {number} latencyMs That was added to each request.
 * @property {string} what
 * @property {number} requestMs What one request took, measured in the same rounds.
 * @property {number} oursMs
 * @property {number} publishedMs
 * @property {number} ratio In operations per second, ours / theirs.
 */

/**
 * @param {object} with_
 * @param {import("@redis-keyspace/scripts/servers").RedisServer} with_.redis
 * @param {Awaited<ReturnType<typeof import("../clients.mjs").connectUpstash>>} with_.connection
 * @param {typeof with_.connection} with_.direct The same without latency, to prepare with.
 * @param {(cell: import("../measure/cell.mjs").Cell) => import("../measure/cell.mjs").Effort} with_.effortFor
 * @param {(text: string) => void} progress
 * @returns {Promise<Time[]>}
 */
export async function measureTimes({ redis, connection, direct, effortFor }, progress) {
  const contestantsOf = [ours, published, oneRequest];
  const contestants = contestantsOf.map((contestantOf) => contestantOf(connection));
  const seeders = Object.fromEntries(
    contestantsOf.map((contestantOf) => contestantOf(direct)).map((seeder) => [seeder.name, seeder]),
  );
  const times = [];
  for (const [op, what] of Object.entries(names)) {
    progress(`NextAuth: ${what}, ${connection.name}`);
    await removeAllKeys(redis);
    const cell = { op, n: 1, concurrency: 1 };
    const effort = effortFor(cell);
    const samples = await measureCell(cell, { contestants, seeders, effort, redisCpuUs: async () => 0 });
    const results = toResults(cell, samples, {});
    const msOf = (name) => rounded(1000 / results.contestants.find((contestant) => contestant.name === name).perSecond);
    times.push({
      ...{ latencyMs: connection.latencyMs, what, requestMs: msOf("one request") },
      ...{ oursMs: msOf("ours"), publishedMs: msOf("published") },
      ratio: results.rows.find(({ vs }) => vs === "published").ratio,
    });
  }
  return times;
}
