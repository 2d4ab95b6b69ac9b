// The SvelteKit package beside the published one, on the same cookies: `node bench/sveltekit.mjs [--quick] [--json file]`.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startRedis } from "@redis-keyspace/scripts/servers";
import Table from "cli-table3";
import ora from "ora";
import { connect } from "./clients.mjs";
import { raw } from "./contestants/raw.mjs";
import { sveltekit } from "./contestants/sveltekit.mjs";
import { sveltekitOurs } from "./contestants/sveltekit-ours.mjs";
import { measureCell } from "./measure/cell.mjs";
import { removeAllKeys } from "./measure/remove-all-keys.mjs";
import { toResults } from "./measure/rows.mjs";
import { cpuOf } from "./measure/server-info.mjs";
import { plan } from "./plan.mjs";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
});
const { effortFor } = plan(options.quick);
const spinner = ora({ isSilent: !process.stderr.isTTY }).start();

const cells = ["get", "create", "touch", "list"].flatMap((op) =>
  [1, 64].map((concurrency) => ({ op, n: op === "list" ? 100 : 1, concurrency })),
);
/** What is wanted, on node-redis 6. */
const wanted = [
  { op: "get", concurrency: 64, vs: "sveltekit", least: 8 },
  { op: "get", concurrency: 64, vs: "raw", least: 2 },
  { op: "create", concurrency: 64, vs: "sveltekit", least: 2.5 },
  { op: "list", concurrency: 1, vs: "sveltekit", least: 6 },
];

const server = await startRedis();
const open = [];
const rows = [];
try {
  for (const client of ["node-redis 6", "ioredis 6"]) {
    const connection = await connect[client](server.url);
    open.push(connection);
    const contestants = [sveltekitOurs(connection), raw(connection), sveltekit(connection)];
    const seeders = Object.fromEntries(contestants.map((contestant) => [contestant.name, contestant]));
    for (const cell of cells) {
      spinner.text = `${cell.op} at ${cell.concurrency}, ${client}`;
      await removeAllKeys(server);
      const effort = effortFor(cell);
      const samples = await measureCell(cell, { contestants, seeders, effort, redisCpuUs: () => cpuOf([server]) });
      rows.push(...toResults(cell, samples, {}).rows);
    }
  }
} finally {
  await Promise.all(open.map((connection) => connection.close()));
  await server.stop();
}
spinner.stop();

const ratioOf = (op, concurrency, client, vs) =>
  rows.find((row) => row.op === op && row.concurrency === concurrency && row.client === client && row.vs === vs)?.ratio;

const style = { head: [], border: [], compact: true };
const chars = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
  ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
  ...{ left: "|", "left-mid": "|", mid: "-", "mid-mid": "|", right: "|", "right-mid": "|", middle: "|" },
};
const table = new Table({ head: ["client", "op", "n", "c", "÷ published 1.3.1", "÷ raw", "client µs"], style, chars });
for (const row of rows.filter(({ vs }) => vs === "sveltekit")) {
  const { client, op, n, concurrency, ratio, clientCpuUs } = row;
  table.push([client, op, n, concurrency, ratio, ratioOf(op, concurrency, client, "raw"), clientCpuUs]);
}
console.log(table.toString());
for (const { op, concurrency, vs, least } of wanted) {
  const measured = ratioOf(op, concurrency, "node-redis 6", vs);
  const verdict = measured >= least ? "reached" : "missed";
  console.log(`${op} at ${concurrency}, node-redis 6, vs ${vs}: wanted ≥ ${least}, measured ${measured}: ${verdict}`);
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
