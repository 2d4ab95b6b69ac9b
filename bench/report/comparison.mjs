import { median, rounded } from "../measure/statistics.mjs";
import { plainTable } from "./tables.mjs";

/** One line for each cell: ours ÷ before in operations per second and in CPU for each of them, and ours ÷ raw. */
export function comparisonTable({ rows, contestants }) {
  const table = plainTable([
    ...["client", "op", "n", "c", "÷ before", "between", "rounds", "client CPU", "Redis CPU", "ours ÷ raw"],
  ]);
  for (const row of rows.filter(({ vs }) => vs === "before")) {
    const inCell = (other) => ["client", "op", "n", "concurrency"].every((field) => other[field] === row[field]);
    const [our, before] = ["ours", "before"].map((name) => contestants.find((one) => one.name === name && inCell(one)));
    table.push([
      ...[row.client, row.op, row.n, row.concurrency, row.ratio, row.interval.join(" and "), our.rounds],
      ...["clientCpuUs", "redisCpuUs"].map((cpu) => rounded(our[cpu] / before[cpu])),
      rows.find((other) => other.vs === "raw" && inCell(other))?.ratio ?? "",
    ]);
  }
  return table.toString();
}

export function middleOf(rows) {
  return rounded(median(rows.filter(({ vs }) => vs === "before").map(({ ratio }) => ratio)));
}
