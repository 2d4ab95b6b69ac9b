import { plainTable } from "../report/tables.mjs";

const peer = "@curveball/session-redis";

const targets = [
  { kind: "read", least: 1.2 },
  { kind: "write", least: 0.95 },
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
  const ratios = rows
    .filter(({ name }) => name === peer)
    .map(({ kind, connections, oursToTheirs }) => {
      const { least } = targets.find((target) => target.kind === kind);
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
