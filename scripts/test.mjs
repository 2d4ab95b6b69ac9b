// What `npm test` runs once everything is installed. `--packages` adds the checks of what would be published, `--quick` leaves
// it at one client of each kind on one Redis, without browsers and demos.
// The last line counts every test and every step: `N passed, N failed`.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepareChromium } from "./browser.mjs";
import { findRedis } from "./servers/index.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const temp = mkdtempSync(join(tmpdir(), "redis-keyspace-test-"));
const report = join(temp, "vitest.json");
const turbo = ["turbo", "run", "--output-logs=errors-only"];
const quick = process.argv.includes("--quick");

/** The packages whose tests need no server but one Redis, and the test files that say whether they do what they promise. */
const quickTests = [
  ...["redis-keyspace", "lucia", "next-auth", "curveball", "upstash-local"].flatMap((name) => ["--project", name]),
  ...["src/", "conformance-standalone", "conformance-upstash", "test/options", "test/contract"],
  ...["redis-auth", "redis-lucia", "redis-adapter", "session-adapter", "user-sessions", "stored-values", "test/rest"],
];

/** @type {Record<string, string[] | (() => Promise<unknown>)>} */
const steps = {
  "a Redis to test on": () => findRedis(),
  ...(!quick && existsSync(join(root, "apps")) && { "a browser to test with": () => prepareChromium() }),
  build: [...turbo, "build", ...(quick ? ["--filter=./packages/*"] : [])],
  "lint and format": ["biome", "check", "--error-on-warnings", "."],
  ...(!quick && { types: ["tsc", "-b"] }),
  "entry files and exports": [...turbo, "check:exports"],
  tests: [
    "vitest",
    "run",
    ...(quick ? quickTests : []),
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ],
};

/**
 * Run one after the other while the tests do, which wait for servers and browsers as much as they compute.
 *
 * @type {Record<string, string[]>}
 */
const besideTests = {
  "examples in the documentation": ["node", "scripts/check-readme-examples.mjs"],
  ...(process.argv.includes("--packages") && {
    "unused code and dependencies": [...turbo, "knip"],
    "package manifests and types": [...turbo, "lint:package", "lint:types"],
    "packed packages": ["node", "scripts/check-packages.mjs"],
  }),
};

let passed = 0;
let failed = 0;

for (const [name, step] of Object.entries(steps)) {
  console.log(`\n── ${name}`);
  const others = name === "tests" ? runBesideTests() : Promise.resolve([]);
  conclude(name, await (typeof step === "function" ? succeeds(step) : run(step)));
  for (const { name, ok, output } of await others) {
    console.log(`\n── ${name}\n${output}`);
    conclude(name, ok);
  }
}

const tests = readReport();
passed += tests.passed;
failed += tests.failed;
rmSync(temp, { recursive: true });
if (tests.skipped > 0) console.log(`\n${tests.skipped} skipped or to do`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * @param {string} name
 * @param {boolean} ok
 */
function conclude(name, ok) {
  ok ? passed++ : failed++;
  if (!ok) console.log(`✗ ${name}`);
}

async function runBesideTests() {
  const outcomes = [];
  for (const [name, step] of Object.entries(besideTests)) {
    let output = "";
    const ok = await run(step, (text) => {
      output += text;
    });
    outcomes.push({ name, ok, output });
  }
  return outcomes;
}

/**
 * @param {string[]} commandLine
 * @param {(text: string) => void} [print] Default: to this process's own output.
 * @returns {Promise<boolean>}
 */
function run([command = "", ...args], print) {
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      ...(quick && { TEST_QUICK: "1" }),
      PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`,
      TURBO_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
    };
    const output = print === undefined ? "inherit" : "pipe";
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", output, output] });
    if (print !== undefined)
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", print);
    child.once("error", (error) => {
      console.error(error.message);
      resolve(false);
    });
    child.once("close", (code) => resolve(code === 0));
  });
}

/** @param {() => Promise<unknown>} step */
async function succeeds(step) {
  try {
    console.log(await step());
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}

/** A run without a report, or without a test, is a failure. */
function readReport() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, "utf8"));
    const none = numPassedTests + numFailedTests === 0;
    if (none) console.log("✗ no test ran");
    return { passed: numPassedTests, failed: none ? 1 : numFailedTests, skipped: numPendingTests + numTodoTests };
  } catch {
    console.log("✗ the tests left no report");
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
