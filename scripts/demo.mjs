// `npm run demo [-- name]`: a Redis, the build, the app, its address. Ctrl-C ends all of it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import ora from "ora";
import { findRedis, openRedis } from "./servers/index.mjs";
import { root, workspaces } from "./workspace.mjs";

const graceMs = 3_000;
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
  await main();
} catch (error) {
  if (spinner.isSpinning) spinner.fail();
  if (!closing) console.error(error instanceof Error ? error.message : error);
  await close(1);
}

async function main() {
  const app = chooseApp(process.argv[2]);

  const redis = await openOwnOrGivenRedis();
  if (redis) ending.unshift(redis.stop);

  spinner.start(`Building ${basename(app)}`);
  await build(app);
  spinner.succeed();

  const wanted = readPort(process.env["PORT"]);
  const port = await nextFreePort(wanted);
  if (port !== wanted) spinner.warn(`Port ${wanted} is taken, using ${port}`);

  spinner.start(`Starting ${basename(app)}`);
  await startApp(app, { PORT: `${port}`, ...(redis ? { REDIS_URL: redis.url } : { KEYSPACE_MEMORY: "1" }) });
  spinner.succeed();
  console.log(`\n  Open http://127.0.0.1:${port}\n  Ctrl-C ends it.\n`);
}

/**
 * @param {string | undefined} name
 * @returns {string} the folder of the app
 */
function chooseApp(name = "lucia") {
  const demos = workspaces("apps").flatMap(({ folder }) => /([^/\\]+)-demo$/.exec(folder)?.slice(1, 2) ?? []);
  if (!demos.includes(name)) throw new Error(`There is no demo "${name}". Known: ${demos.join(", ") || "none yet"}`);
  return join(root, "apps", `${name}-demo`);
}

/** @returns {Promise<{ url: string, stop(): Promise<void> } | undefined>} undefined: do without */
async function openOwnOrGivenRedis() {
  if (!process.env["REDIS_URL"]) {
    try {
      await findRedis({ report: (line) => spinner.info(line) });
    } catch (error) {
      spinner.warn(error instanceof Error ? error.message : String(error));
      spinner.warn("Without a Redis, sessions are kept in this process and end with it");
      return undefined;
    }
  }
  spinner.start("Starting a Redis");
  const redis = await openRedis();
  spinner.succeed(redis.private ? `Started a Redis: ${redis.url}` : "Using the Redis of REDIS_URL");
  return redis;
}

/** @param {string} app */
async function build(app) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
  const args = ["run", "build", `--filter=./apps/${basename(app)}`, "--output-logs=errors-only"];
  const child = spawn("turbo", args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const done = once(child, "close");
  ending.unshift(() => end(child, done));
  const [code] = await done;
  ending.shift();
  if (code !== 0) throw new Error(`The build failed:\n${output}`);
}

/**
 * @param {string} app
 * @param {Record<string, string>} settings
 */
async function startApp(app, settings) {
  const env = { ...process.env, ...settings };
  const child = spawn(process.execPath, ["dist/server.js"], {
    cwd: app,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const done = once(child, "close");
  ending.unshift(() => end(child, done));
  const ended = done.then(([code, signal]) => new Error(`The demo ended by itself (${signal ?? `exit code ${code}`})`));

  const lines = createInterface({ input: child.stdout });
  const listening = new Promise((resolve) => {
    lines.on("line", (line) => (line.startsWith("listening on ") ? resolve(undefined) : console.log(line)));
  });
  const failure = await Promise.race([ended, listening]);
  if (failure) throw failure;
  void ended.then((error) => {
    if (!closing) console.error(error.message);
    return close(1);
  });
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {Promise<unknown>} done
 */
async function end(child, done) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await done;
  clearTimeout(timer);
}

/** @param {number} code */
async function close(code) {
  if (closing) return;
  closing = true;
  spinner.stop();
  for (const stop of ending) await stop();
  process.exit(code);
}

/** @param {string | undefined} text */
function readPort(text = "3000") {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`PORT is "${text}", not a port number`);
  return port;
}

/** @param {number} from */
async function nextFreePort(from) {
  for (let port = from; port <= 65_535; port++) {
    if (await isFree(port)) return port;
  }
  throw new Error(`No port is free from ${from} on`);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** @param {number} pid */
function exists(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
