// The targets of the core by several runs: npm run bench -- sessions --quick --json run-1.json, three times, and
// node bench/judge.mjs run-1.json run-2.json run-3.json [--picture <folder>].
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sessions } from "./parts/sessions.mjs";
import { mixPicture } from "./report/picture.mjs";
import { middleRun } from "./report/runs.mjs";
import { targetTable } from "./report/tables.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { picture: { type: "string" } } });
if (positionals.length === 0) {
  console.error("Which runs? Give the files that --json wrote.");
  process.exit(1);
}

const run = middleRun(positionals.map((file) => JSON.parse(readFileSync(file, "utf8"))));
for (const [title, table] of Object.entries(sessions.tables(run))) console.log(`\n${title}\n\n${table}`);
const targets = sessions.judge(run);
console.log(
  `\nTargets, by the median of ${positionals.length} runs (and the smallest and largest)\n\n${targetTable(targets)}`,
);
console.log(`\n${targets.filter(({ reached }) => reached === false).length} of ${targets.length} missed`);

if (values.picture !== undefined) {
  if (!run.contestants.some(({ op }) => op === "mix")) {
    console.error("These runs have no mix to draw: they are older than it.");
    process.exit(1);
  }
  for (const scheme of ["light", "dark"]) {
    writeFileSync(join(values.picture, `mix-${scheme}.svg`), mixPicture(run.contestants, scheme));
  }
}
