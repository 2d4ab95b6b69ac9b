import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startRedis } from "@redis-keyspace/scripts/servers";
import ora from "ora";
import { against } from "./parts/against.mjs";
import { betterAuth } from "./parts/better-auth.mjs";
import { curveball } from "./parts/curveball.mjs";
import { express } from "./parts/express.mjs";
import { live } from "./parts/live.mjs";
import { nextAuth } from "./parts/next-auth.mjs";
import { sessions } from "./parts/sessions.mjs";
import { sveltekit } from "./parts/sveltekit.mjs";
import { plan as planOf } from "./plan.mjs";
import { targetTable } from "./report/tables.mjs";
import { versions } from "./report/versions.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    against: { type: "string" },
  },
});
const parts =
  options.against === undefined
    ? { sessions, curveball, express, sveltekit, "next-auth": nextAuth, "better-auth": betterAuth, live }
    : { sessions: await against(options.against).catch(refuse) };
const unknown = positionals.find((name) => !Object.hasOwn(parts, name));
if (unknown !== undefined) {
  refuse({ message: `No part is called ${unknown}. There are ${Object.keys(parts).join(", ")}.` });
}

const plan = planOf(options.quick);
const spinner = ora({ isSilent: !process.stderr.isTTY }).start();
const progress = (text) => {
  spinner.text = text;
};

const measured = await measuredVersions();
const results = {};
const targets = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
  results[name] = await parts[name].measure(plan, progress);
  targets.push(...parts[name].judge(results[name]));
}
spinner.stop();

console.log(
  Object.entries(measured)
    .map(([name, version]) => `${name} ${version}`)
    .join(", "),
);
for (const [name, result] of Object.entries(results)) {
  for (const [title, table] of Object.entries(parts[name].tables(result))) console.log(`\n${title}\n\n${table}`);
}
console.log(`\nTargets\n\n${targetTable(targets)}`);
console.log(`\n${targets.filter(({ reached }) => reached === false).length} missed`);

if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ versions: measured, ...results, targets }, null, 2)}\n`);
}

function refuse({ message }) {
  console.error(message);
  process.exit(1);
}

async function measuredVersions() {
  const server = await startRedis();
  try {
    return await versions(server);
  } finally {
    await server.stop();
  }
}
