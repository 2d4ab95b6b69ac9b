// `npm run demo`: a Redis, the build, every demo, a start page that shows them. `npm run demo -- name`: that demo alone.
// Ctrl-C ends all of it.
import ora from "ora";
import { build, startApp } from "./demo/apps.mjs";
import { chooseDemo, findDemos, startPage } from "./demo/declared.mjs";
import { nextFreePort, readPort } from "./demo/ports.mjs";
import { findRedis, openRedis } from "./servers/index.mjs";

/** @typedef {import("./demo/declared.mjs").Demo} Demo */

// A terminal that does not know its width (a pty without a size) would keep ora clearing lines for ever.
const spinner = ora(process.stderr.isTTY && !process.stderr.columns ? { isEnabled: false } : {});
/** @type {(() => Promise<void>)[]} what to end, last started first */
const ending = [];
let closing = false;

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => void close(0));
}

// npm and pnpm do not pass a SIGTERM on: notice that the shell which npm started, or pnpm, is gone.
const launcher = Number(process.env["KEYSPACE_LAUNCHER"]);
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent || (launcher && !exists(launcher))) void close(0);
}, 500).unref();

try {
  const name = process.argv[2];
  await (name === undefined ? startAll(findDemos()) : startOne(chooseDemo(name)));
} catch (error) {
  if (spinner.isSpinning) spinner.fail();
  if (!closing) console.error(error instanceof Error ? error.message : error);
  await close(1);
}

/** @param {Demo} demo */
async function startOne(demo) {
  const redis = await openOwnOrGivenRedis();
  spinner.start(`Building ${demo.framework}`);
  await build([demo.folder], ending);
  spinner.succeed();
  const port = await choosePort();
  spinner.start(`Starting ${demo.framework}`);
  const app = await startApp(demo.folder, { ...redis, PORT: `${port}` }, { ending });
  spinner.succeed();
  closeWith(app, demo.framework);
  console.log(`\n  Open ${app.url}\n  Ctrl-C ends it.\n`);
}

/** @param {Demo[]} demos */
async function startAll(demos) {
  const redis = await openOwnOrGivenRedis();
  spinner.start(`Building ${listed(demos)}`);
  const built = await buildAll(demos);

  const port = await choosePort();
  // The start page is the collector of the demos, where the user has none.
  const collector = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? `http://127.0.0.1:${port}`;
  spinner.start(`Starting ${listed(built)}`);
  /** @type {Map<Demo, string>} */
  const urls = new Map();
  /** @type {Promise<unknown>[]} */
  const starting = [];
  let next = port;
  for (const demo of built) {
    next = await nextFreePort(next + 1);
    const settings = { ...redis, PORT: `${next}`, OTEL_EXPORTER_OTLP_ENDPOINT: collector };
    const started = startApp(demo.folder, settings, { ending, label: demo.name });
    starting.push(
      started.then(
        (app) => {
          urls.set(demo, app.url);
          void app.ended.then((how) => {
            if (!closing) spinner.warn(`${demo.framework} ended by itself (${how})`);
          });
        },
        (error) => {
          if (!closing) spinner.fail(`${demo.framework} did not start: ${error.message}`);
        },
      ),
    );
  }
  await Promise.all(starting);
  if (urls.size === 0) throw new Error("No demo started");

  const shown = demos.map((demo) => {
    const { name, framework, description, keyPrefixes } = demo;
    const url = urls.get(demo);
    return { name, framework, description, keyPrefixes, ...(url ? { url } : { problem: "did not start" }) };
  });
  const page = await startApp(startPage, { ...redis, PORT: `${port}`, DEMOS: JSON.stringify(shown) }, { ending });
  spinner.succeed(`Started ${listed(built.filter((demo) => urls.has(demo)))}`);
  closeWith(page, "The start page");
  console.log(`\n  Open ${page.url}\n  Ctrl-C ends all of it.\n`);
}

/**
 * All in one go; where that fails, one by one, so that one demo's failure is its own.
 *
 * @param {Demo[]} demos
 * @returns {Promise<Demo[]>} those that were built
 */
async function buildAll(demos) {
  try {
    await build([startPage, ...demos.map(({ folder }) => folder)], ending);
    spinner.succeed();
    return demos;
  } catch {
    if (closing) return [];
  }
  spinner.stop();
  await build([startPage], ending);
  /** @type {Demo[]} */
  const built = [];
  for (const demo of demos) {
    spinner.start(`Building ${demo.framework}`);
    try {
      await build([demo.folder], ending);
      spinner.succeed();
      built.push(demo);
    } catch (error) {
      spinner.fail();
      console.error(error instanceof Error ? error.message : error);
    }
  }
  return built;
}

/** @returns {Promise<{ REDIS_URL: string } | { KEYSPACE_MEMORY: "1" }>} what the apps are told */
async function openOwnOrGivenRedis() {
  if (!process.env["REDIS_URL"]) {
    try {
      await findRedis({ report: (line) => spinner.info(line) });
    } catch (error) {
      spinner.warn(error instanceof Error ? error.message : String(error));
      spinner.warn("Without a Redis, sessions are kept in each demo's process and end with it");
      return { KEYSPACE_MEMORY: "1" };
    }
  }
  spinner.start("Starting a Redis");
  const redis = await openRedis();
  ending.unshift(redis.stop);
  spinner.succeed(redis.private ? `Started a Redis: ${redis.url}` : "Using the Redis of REDIS_URL");
  return { REDIS_URL: redis.url };
}

async function choosePort() {
  const wanted = readPort(process.env["PORT"]);
  const port = await nextFreePort(wanted);
  if (port !== wanted) spinner.warn(`Port ${wanted} is taken, using ${port}`);
  return port;
}

/** @param {Demo[]} demos */
function listed(demos) {
  return new Intl.ListFormat("en").format(demos.map(({ framework }) => framework));
}

/**
 * @param {import("./demo/apps.mjs").App} app
 * @param {string} what
 */
function closeWith(app, what) {
  void app.ended.then((how) => {
    if (!closing) console.error(`${what} ended by itself (${how})`);
    return close(1);
  });
}

/** @param {number} code */
async function close(code) {
  if (closing) return;
  closing = true;
  spinner.stop();
  // The Redis was opened first and ends last: no demo is to report its loss.
  const first = ending.pop();
  await Promise.all(ending.map((stop) => stop()));
  await first?.();
  process.exit(code);
}

/** @param {number} pid */
function exists(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
