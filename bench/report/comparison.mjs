import { median, rounded } from "../measure/statistics.mjs";
import { plainTable } from "./tables.mjs";

/** One line for each cell: ours ÷ before in operations per second and in CPU for each of them, and ours ÷ raw. */
export function comparisonTable({ rows, contestants }) {
  const table = plainTable([
    ...["client", "op", "n", "c", "÷ before", "between", "rounds", "client CPU", "Redis CPU", "ours ÷ raw"],
  ]);
  for (const row of rows.filter(({ vs }) => vs === "before")) {
    const inCell = (other) => ["client", "op", "n", "concurrency"].every((field) => other[field] === row[field]);
    const { rounds } = contestants.find((one) => one.name === "ours" && inCell(one));
    table.push([
      ...[row.client, row.op, row.n, row.concurrency, row.ratio, row.interval.join(" and "), rounds],
      ...[row.clientCpuRatio, row.redisCpuRatio],
      rows.find((other) => other.vs === "raw" && inCell(other))?.ratio ?? "",
    ]);
  }
  return table.toString();
}

/** Of the cells' ratios to before. */
export function middleOf(rows) {
  const before = rows.filter(({ vs }) => vs === "before");
  const [speed, client, redis] = ["ratio", "clientCpuRatio", "redisCpuRatio"].map((field) =>
    rounded(median(before.map((row) => row[field]))),
  );
  return `${speed} (CPU: ${client} and ${redis})`;
}
