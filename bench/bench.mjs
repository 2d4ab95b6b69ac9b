import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startRedis } from "@redis-keyspace/scripts/servers";
import ora from "ora";
import { connect } from "./clients.mjs";
import { connectRedis } from "./contestants/connect-redis.mjs";
import { lucia } from "./contestants/lucia.mjs";
import { ours } from "./contestants/ours.mjs";
import { measureHttp } from "./http/measure.mjs";
import { httpTable, judgeHttp } from "./http/report.mjs";
import { measureCluster } from "./measure/cluster.mjs";
import { measureIndexGrowth } from "./measure/index-growth.mjs";
import { measureMemory } from "./measure/memory.mjs";
import { measureStandalone } from "./measure/standalone.mjs";
import { plan as planOf } from "./plan.mjs";
import { memoryTable, ratioTable, targetTable } from "./report/tables.mjs";
import { versions } from "./report/versions.mjs";
import { judge } from "./targets.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const plan = planOf(options.quick);
const spinner = ora({ isSilent: !process.stderr.isTTY }).start();
const progress = (text) => {
  spinner.text = text;
};

/** `bench.mjs curveball` is the HTTP part alone. */
const parts = positionals.length > 0 ? positionals : ["sessions", "curveball"];
const measured = await withRedis((server) => versions(server));
const all = {
  ...(parts.includes("sessions") && (await measureSessions())),
  ...(parts.includes("curveball") && { http: await measureHttp(plan.http, progress) }),
};
const targets = [...(all.rows ? judge(all) : []), ...(all.http ? judgeHttp(all.http) : [])];
spinner.stop();

console.log(
  Object.entries(measured)
    .map(([name, version]) => `${name} ${version}`)
    .join(", "),
);
if (all.rows) {
  console.log("\nOperations per second, ours ÷ theirs; costs of ours per operation (c: concurrency)\n");
  console.log(ratioTable(all.rows));
  console.log("\nMemory\n");
  console.log(memoryTable(all.memory));
}
if (all.http) {
  console.log("\nHTTP requests under load\n");
  console.log(httpTable(all.http));
}
console.log("\nTargets\n");
console.log(targetTable(targets));
console.log(`\n${targets.filter(({ reached }) => reached === false).length} missed`);

if (options.json !== undefined) {
  const everything = { versions: measured, ...all, targets };
  writeFileSync(options.json, `${JSON.stringify(everything, null, 2)}\n`);
}

async function measureSessions() {
  const { rows, contestants } = await measureStandalone(plan, progress);
  rows.push(...(await measureCluster(plan, progress)));
  progress("memory");
  const memory = [];
  for (const [name, contestantOf] of Object.entries({ ours, lucia, "connect-redis": connectRedis })) {
    memory.push(await measureMemory(name, contestantOf, "node-redis 6", plan.memoryUsers));
  }
  progress("index growth");
  const indexGrowth = await withRedis((_, connection) => measureIndexGrowth(connection));
  return { rows, contestants, memory, indexGrowth };
}

async function withRedis(work) {
  const server = await startRedis();
  const connection = await connect["node-redis 6"](server.url);
  try {
    return await work(server, connection);
  } finally {
    await connection.close();
    await server.stop();
  }
}
