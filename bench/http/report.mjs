import { plainTable } from "../report/tables.mjs";

const peer = "@curveball/session-redis";

const targets = [
  { kind: "read", connections: 32, least: 1.1 },
  { kind: "write", connections: 32, least: 0.9 },
];

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
export function judgeHttp(rows) {
  const ratios = targets.map(({ kind, connections, least }) => {
    const { oursToTheirs } = rows.find(
      (row) => row.name === peer && row.kind === kind && row.connections === connections,
    );
    return {
      target: `HTTP ${kind} at ${connections}, vs ${peer}`,
      wanted: `≥ ${least}`,
      measured: `${oursToTheirs}`,
      reached: oursToTheirs >= least,
    };
  });
  const { commands } = rows.find(({ kind, name }) => kind === "read" && name === "ours");
  return [
    ...ratios,
    { target: "commands of an HTTP read", wanted: "1 (a GET)", measured: `${commands}`, reached: commands === 1 },
  ];
}
