import { plainTable } from "../report/tables.mjs";

const curveball = {
  peer: "@curveball/session-redis",
  least: { read: 1.1, write: 0.9 },
};

const express = {
  peer: "connect-redis 10",
  least: { read: 1, write: 0.9 },
};

export function httpTable(rows) {
  const table = plainTable([
    "request",
    "c",
    "",
    "per second",
    "ours ÷ it",
    "round trips",
    "commands",
    "bytes to Redis",
  ]);
  for (const { kind, connections, name, perSecond, oursToTheirs, roundTrips, commands, sentBytes } of rows) {
    table.push([kind, connections, name, perSecond, oursToTheirs, roundTrips, commands, sentBytes]);
  }
  return table.toString();
}

/** As `judge` in targets.mjs answers. */
export const judgeCurveball = (rows) => judgeHttp(rows, curveball);
export const judgeExpress = (rows) => judgeHttp(rows, express);

function judgeHttp(rows, { peer, least }) {
  const ratios = Object.entries(least).map(([kind, wanted]) => {
    const { oursToTheirs } = rows.find((row) => row.name === peer && row.kind === kind && row.connections === 32);
    return {
      target: `HTTP ${kind} at 32, vs ${peer}`,
      wanted: `≥ ${wanted}`,
      measured: `${oursToTheirs}`,
      reached: oursToTheirs >= wanted,
    };
  });
  // Ours comes first.
  const reads = rows.filter(({ kind }) => kind === "read");
  const { commands } = reads[0];
  // All but the one that reads.
  const [ourWrites, theirWrites] = [commands - 1, reads.find(({ name }) => name === peer).commands - 1];
  return [
    ...ratios,
    {
      target: `commands of an HTTP read, beside ${peer}`,
      wanted: "1 (a GET)",
      measured: `${commands}`,
      reached: commands === 1,
    },
    {
      target: `writes of an HTTP read, beside ${peer}`,
      wanted: "≤ 0.1 × its",
      measured: `${ourWrites} of ${theirWrites}`,
      reached: ourWrites <= 0.1 * theirWrites,
    },
  ];
}
