import { checkAnswer, consumes, prepare, sessionsPerRun } from "./operations.mjs";
import { timeSlice } from "./slice.mjs";
import { shuffled } from "./statistics.mjs";

/** Sessions that are made for one slice at most, where every operation needs its own, by default. */
const MAX_CONSUMED = 5_000;

/**
 * @typedef {object} Cell
 * @property {import("./operations.mjs").Operation} op
 * @property {number} n
 * @property {number} concurrency
 *
 * @typedef {object} Effort
 * @property {number} rounds
 * @property {number} sliceMs
 * @property {number} budgetMs After this many milliseconds three rounds are enough.
 * @property {number} [mostConsumed] Sessions that are made for one slice at most, where every operation needs its own.
 * @property {boolean} [sameCount] Every slice has as many operations as the fastest contestant's, which makes what a slice
 *   costs by itself the same for all: for contestants that are about as fast as one another.
 */

/**
 * Lets all contestants take turns, in another order each round.
 *
 * @template {{ name: string, client: string }} C
 * @param {Cell} cell
 * @param {{ contestants: C[], seeders: Record<string, C>, effort: Effort, redisCpuUs: () => Promise<number> }} with_
 * @returns {Promise<Map<C, import("./slice.mjs").Sample[]>>} A sample a round.
 */
export async function measureCell({ op, n, concurrency }, { contestants, seeders, effort, redisCpuUs }) {
  const kept = new Map();
  const fewest = concurrency === 1 ? 5 : concurrency * 2;
  const most = consumes(op)
    ? Math.max(fewest, Math.floor((effort.mostConsumed ?? MAX_CONSUMED) / sessionsPerRun(op, n)))
    : Number.MAX_SAFE_INTEGER;

  async function slice(contestant, count) {
    let items = kept.get(contestant);
    if (items === undefined) {
      // Twice as many sessions as operations in flight: no two of them are on one session.
      const wanted = consumes(op) ? count : Math.max(Math.ceil(512 / sessionsPerRun(op, n)), 2);
      items = await prepare(contestant, seeders[contestant.name], { op, n, count: wanted });
      if (!consumes(op)) {
        kept.set(contestant, items);
        checkAnswer(op, n, await contestant[op](items[0]));
      }
    }
    return await timeSlice({ run: contestant[op], items, count, concurrency, redisCpuUs });
  }

  const counts = new Map();
  for (const contestant of contestants) {
    await slice(contestant, fewest);
    const { perSecond } = await slice(contestant, fewest * 2);
    const fitting = Math.round((perSecond * effort.sliceMs) / 1000);
    counts.set(contestant, Math.min(Math.max(fitting, fewest), most));
    // The first estimate is of code that is not yet compiled.
    const again = await slice(contestant, counts.get(contestant));
    const better = Math.round((again.perSecond * effort.sliceMs) / 1000);
    counts.set(contestant, Math.min(Math.max(better, fewest), most));
  }

  if (effort.sameCount) {
    const most = Math.max(...counts.values());
    for (const contestant of contestants) counts.set(contestant, most);
  }

  const samples = new Map(contestants.map((contestant) => [contestant, []]));
  const start = performance.now();
  for (let round = 0; round < effort.rounds; round++) {
    if (round >= 3 && performance.now() - start > effort.budgetMs) break;
    for (const contestant of shuffled(contestants)) {
      samples.get(contestant).push(await slice(contestant, counts.get(contestant)));
    }
  }
  return samples;
}
