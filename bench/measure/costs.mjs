import { inParallel } from "../data/pool.mjs";
import { prepare, sessionsPerRun } from "./operations.mjs";
import { rounded } from "./statistics.mjs";

/** Sessions that are made to count one cell. */
const MAX_SESSIONS = 2_000;

/**
 * What one operation costs on the wire when `concurrency` of them are under way (fewer where that would be too many
 * sessions).
 *
 * @param {import("./cell.mjs").Cell} cell
 * @param {{ contestant: any, seeder: any, meter: import("./meter.mjs").Meter }} with_
 *   The contestant's client is connected through the meter.
 * @returns {Promise<{ roundTrips?: number, commands?: number, bytes?: number }>}
 */
export async function countCosts({ op, n, concurrency }, { contestant, seeder, meter }) {
  // Many kinds of operations have no costs in common.
  if (op === "mix") return {};
  const atOnce = Math.max(1, Math.min(concurrency, Math.floor(MAX_SESSIONS / sessionsPerRun(op, n))));
  const items = await prepare(contestant, seeder, { op, n, count: 3 * atOnce });
  // The first runs may have to tell a server a script, which asks for its rights the first time, or to connect to it.
  for (const from of [0, atOnce]) await inParallel(atOnce, atOnce, (i) => contestant[op](items[from + i]));
  const { roundTrips, commands, bytes } = await meter.count(() =>
    inParallel(atOnce, atOnce, (i) => contestant[op](items[2 * atOnce + i])),
  );
  return { roundTrips, commands: rounded(commands / atOnce), bytes: Math.round(bytes / atOnce) };
}
