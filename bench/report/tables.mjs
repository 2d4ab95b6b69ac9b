import Table from "cli-table3";
import { mixRows } from "../measure/mix.mjs";
import { rounded } from "../measure/statistics.mjs";

const columns = [
  ["client", ([row]) => row.client],
  ["op", ([row]) => row.op],
  ["n", ([row]) => row.n],
  ["c", ([row]) => row.concurrency],
  ["÷ raw", ratioTo((row) => row.vs === "raw")],
  ["÷ lucia", ratioTo((row) => row.vs === "lucia" && row.vsClient === row.client)],
  ["÷ lucia, nr 4.7", ratioTo((row) => row.vs === "lucia" && row.vsClient !== row.client)],
  ["÷ sveltekit", ratioTo((row) => row.vs === "sveltekit" && row.vsClient === row.client)],
  ["÷ connect-redis", ratioTo((row) => row.vs === "connect-redis")],
  ["round trips", ([row]) => row.roundTrips],
  ["commands", ([row]) => row.commands],
  ["bytes", ([row]) => row.bytes],
  ["client µs", ([row]) => row.clientCpuUs],
  ["Redis µs", ([row]) => row.redisCpuUs],
];

function ratioTo(isOf) {
  return (ofCell) => ofCell.find(isOf)?.ratio;
}

/** One line for each cell: ours / each of the others, and what ours costs. Without the columns that nothing stands in. */
export function ratioTable(rows) {
  const cells = [...groupBy(rows, cellOf).values()];
  const filled = columns.filter(([, read]) => cells.some((ofCell) => read(ofCell) !== undefined));
  const table = plainTable(filled.map(([title]) => title));
  for (const ofCell of cells) table.push(filled.map(([, read]) => read(ofCell) ?? ""));
  return table.toString();
}

/** Of the same requests: who answers how many, and what one costs. */
export function mixTable(contestants) {
  const table = plainTable(["", "client", "c", "per second", "÷ raw", "client µs", "Redis µs"]);
  const measured = mixRows(contestants);
  for (const { name, client, concurrency, perSecond, clientCpuUs, redisCpuUs } of measured) {
    const raw = measured.find(
      (other) => other.name === "raw" && other.concurrency === concurrency && other.client === client,
    );
    const ratio = raw === undefined ? "" : rounded(perSecond / raw.perSecond);
    table.push([name, client, concurrency, Math.round(perSecond), ratio, clientCpuUs, redisCpuUs]);
  }
  return table.toString();
}

export function memoryTable(memory) {
  const table = plainTable(["", "sessions", "bytes per session", "after a list of each user"]);
  for (const { name, sessions, bytesPerSession, bytesPerSessionAfterList } of memory) {
    table.push([name, sessions, bytesPerSession, bytesPerSessionAfterList ?? ""]);
  }
  return table.toString();
}

export function targetTable(targets) {
  const table = plainTable(["target", "wanted", "measured", "µs of client and Redis (theirs)", ""]);
  for (const { target, wanted, measured, cpu = "", reached } of targets) {
    table.push([target, wanted, measured, cpu, reached === null ? "–" : reached ? "reached" : "missed"]);
  }
  return table.toString();
}

function cellOf({ client, op, n, concurrency }) {
  return [client, op, n, concurrency].join();
}

function groupBy(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

/** As Markdown reads it, so that it can be pasted into a page. */
export function plainTable(head) {
  return new Table({
    head,
    style: { head: [], border: [], compact: true },
    chars: {
      ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
      ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
      ...{ left: "|", "left-mid": "|", mid: "-", "mid-mid": "|", right: "|", "right-mid": "|", middle: "|" },
    },
  });
}
