import { plainTable } from "../report/tables.mjs";

export function liveTable(results) {
  const table = plainTable(["", ...results.map(({ kind }) => kind)]);
  const row = (title, read) => table.push([title, ...results.map(read)]);
  row("hot get ÷ raw get, 1 at once", (one) => one.hotAt1);
  row("hot get ÷ raw get, 64 at once", (one) => one.hotAt64);
  row("a hot get, µs, 1 and 64 at once", (one) => `${one.hotUsAt1} and ${one.hotUsAt64}`);
  row("a miss ÷ get without a cache, time, 1 and 64 at once", (one) => `${one.missAt1} and ${one.missAt64}`);
  row("revoked until another process refuses, ms: median, p99, worst", ({ refusedMs }) => spread(refusedMs));
  row("revoked until a watcher there is told, ms: median, p99, worst", ({ toldMs }) => spread(toldMs));
  row("bytes of heap for a watcher", (one) => one.watcherBytes);
  row("µs of CPU to begin to watch", (one) => one.watchUs);
  row("ms of CPU a second for all watchers that wait", (one) => one.idleMsPerSecond);
  return table.toString();
}

function spread({ median, p99, worst }) {
  return `${median}, ${p99}, ${worst}`;
}

const goals = [
  ["hot get at 1, vs raw", "≥ 150", (one) => one.hotAt1, (value) => value >= 150],
  ["hot get at 64, vs raw", "≥ 25", (one) => one.hotAt64, (value) => value >= 25],
  ["a miss at 64, vs get without a cache", "≤ 1.05", (one) => one.missAt64, (value) => value <= 1.05],
  ["refused elsewhere, median ms", "≤ 2", (one) => one.refusedMs.median, (value) => value <= 2],
  ["refused elsewhere, p99 ms", "≤ 15", (one) => one.refusedMs.p99, (value) => value <= 15],
  ["told elsewhere, p99 ms", "≤ 50", (one) => one.toldMs.p99, (value) => value <= 50],
];

export function judgeLive(results) {
  return results.flatMap((one) =>
    goals.map(([target, wanted, read, isReached]) => ({
      target: `${target}, ${one.kind}`,
      wanted,
      measured: String(read(one)),
      reached: isReached(read(one)),
    })),
  );
}
