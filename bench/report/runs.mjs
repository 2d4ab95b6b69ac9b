import { median, rounded } from "../measure/statistics.mjs";

/**
 * Several runs of the core as one: of each number the median, and of each ratio the smallest and the largest.
 *
 * @param {any[]} runs What `--json` wrote.
 */
export function middleRun(runs) {
  const of = (list) => runs.map(({ sessions }) => sessions[list]);
  return {
    rows: merged(of("rows"), ["op", "n", "client", "concurrency", "vs", "vsClient"]).map(({ found, ...row }) => ({
      ...row,
      spread: [Math.min(...found.map(({ ratio }) => ratio)), Math.max(...found.map(({ ratio }) => ratio))],
    })),
    contestants: merged(of("contestants"), ["op", "n", "client", "concurrency", "name"]).map(
      ({ found, ...row }) => row,
    ),
    memory: merged(of("memory"), ["name"]).map(({ found, ...row }) => row),
    indexGrowth: runs[0].sessions.indexGrowth,
  };
}

/** The rows of the first, each with the median of every number in its like in all. */
function merged(lists, keys) {
  const nameOf = (row) => JSON.stringify(keys.map((key) => row[key]));
  return lists[0].map((row) => {
    const found = lists.flatMap((list) => list.filter((other) => nameOf(other) === nameOf(row)));
    const numbers = Object.keys(row).filter((field) => typeof row[field] === "number" && !keys.includes(field));
    const medians = numbers.map((field) => [field, rounded(median(found.map((other) => other[field])))]);
    return { ...row, ...Object.fromEntries(medians), found };
  });
}
