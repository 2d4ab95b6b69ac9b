import Table from "cli-table3";

const columns = [
  ["raw", (row) => row.vs === "raw"],
  ["lucia", (row) => row.vs === "lucia" && row.vsClient === row.client],
  ["lucia, nr 4.7", (row) => row.vs === "lucia" && row.vsClient !== row.client],
  ["sveltekit", (row) => row.vs === "sveltekit" && row.vsClient === row.client],
  ["connect-redis", (row) => row.vs === "connect-redis"],
];

/** One line for each cell: ours / each of the others, and what ours costs. */
export function ratioTable(rows) {
  const cells = groupBy(rows, cellOf);
  const table = plainTable([
    "client",
    "op",
    "n",
    "c",
    ...columns.map(([title]) => `÷ ${title}`),
    "round trips",
    "commands",
    "bytes",
    "client µs",
    "Redis µs",
  ]);
  for (const ofCell of cells.values()) {
    const [first] = ofCell;
    table.push([
      first.client,
      first.op,
      first.n,
      first.concurrency,
      ...columns.map(([, isOf]) => ofCell.find(isOf)?.ratio ?? ""),
      first.roundTrips,
      first.commands,
      first.bytes,
      first.clientCpuUs,
      first.redisCpuUs,
    ]);
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
  const table = plainTable(["target", "wanted", "measured", ""]);
  for (const { target, wanted, measured, reached } of targets) {
    table.push([target, wanted, measured, reached === null ? "–" : reached ? "reached" : "missed"]);
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
