import { spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findRedis } from "./find.mjs";
import { command } from "./resp.mjs";

const host = "127.0.0.1";

/**
 * @typedef {object} RedisOptions
 * @property {string[]} [args] More arguments, e.g. `["--maxmemory", "4mb"]`.
 * @property {string[]} [config] Lines of the configuration file.
 * @property {number} [port] A free one by default.
 * @property {string} [password] Sets `requirepass`; part of `url`.
 */

/**
 * @typedef {object} RedisServer
 * @property {string} url `redis://127.0.0.1:<port>`
 * @property {string} host
 * @property {number} port
 * @property {number} pid The process id of the running server (of the last one, when it is down).
 * @property {(...args: string[]) => Promise<unknown>} command Sends one command on a connection of its own.
 * @property {() => Promise<void>} stop Ends it and removes its folder. Safe to call twice.
 * @property {() => Promise<void>} kill Ends it at once, as `kill -9` does; `restart` brings it back, empty.
 * @property {() => void} pause Makes it hang (SIGSTOP): connections stay open, nothing answers.
 * @property {() => void} resume Ends a pause (SIGCONT).
 * @property {() => Promise<void>} restart Ends it if it runs and starts it again on the same port, empty.
 */

/**
 * Starts a private Redis on 127.0.0.1 that keeps nothing on disk. It ends with this process.
 *
 * @param {RedisOptions} [options]
 * @returns {Promise<RedisServer>} once it answers
 */
export async function startRedis({ args = [], config = [], port: wanted, password } = {}) {
  const bin = await findRedis();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "redis-keyspace-")));
  const file = join(folder, "redis.conf");
  folders.add(folder);
  writeFileSync(file, config.map((line) => `${line}\n`).join(""));

  let port = wanted ?? 0;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let child;

  /** @param {number} onPort */
  const launch = async (onPort) => {
    const all = [file, "--port", `${onPort}`, "--bind", host, "--dir", folder, "--save", "", "--appendonly", "no"];
    if (password) all.push("--requirepass", password, "--masterauth", password);
    child = await startProcess(bin, [...all, ...args]);
    await answers(child, { port: onPort, password }, file);
  };
  const kill = async () => {
    if (child) await endProcess(child);
  };

  try {
    if (wanted) await launch(wanted);
    else
      await onFreePort(async (free) => {
        port = free;
        await launch(free);
      });
  } catch (error) {
    await kill();
    remove(folder);
    throw error;
  }

  return {
    url: `redis://${password ? `:${encodeURIComponent(password)}@` : ""}${host}:${port}`,
    host,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    command: (...words) => command({ port, ...(password && { password }) }, ...words),
    async stop() {
      await kill();
      remove(folder);
    },
    kill,
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    async restart() {
      await kill();
      await launch(port);
    },
  };
}

/**
 * Polls until the check answers true.
 *
 * @param {string} what for the message when time is up
 * @param {() => Promise<boolean>} check a rejection counts as "not yet"
 * @param {number} [timeoutMs]
 */
export async function until(what, check, timeoutMs = 30_000) {
  const deadline = Date.now() + timeoutMs;
  /** @type {unknown} */
  let cause;
  while (Date.now() < deadline) {
    try {
      if (await check()) return;
    } catch (error) {
      cause = error;
    }
    await delay(10);
  }
  throw new Error(`Timed out waiting for ${what}`, { cause });
}

/**
 * Another process may take a free port before the server does: then try the next one.
 *
 * @template T
 * @param {(port: number) => Promise<T>} start
 * @returns {Promise<T>}
 */
export async function onFreePort(start) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 5 || !(error instanceof Error) || !/in use/i.test(error.message)) throw error;
    }
  }
}

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** @type {WeakMap<import("node:child_process").ChildProcess, string>} */
const outputs = new WeakMap();

/**
 * @param {string} bin
 * @param {string[]} args
 * @returns {Promise<import("node:child_process").ChildProcess>}
 */
function startProcess(bin, args) {
  endWithThisProcess();
  return new Promise((resolve, reject) => {
    const child = spawn(bin, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => outputs.set(child, `${outputs.get(child) ?? ""}${chunk}`.slice(-2_000)));
    }
    child.once("error", reject);
    child.once("exit", () => children.delete(child));
    child.once("spawn", () => {
      children.add(child);
      child.unref();
      resolve(child);
    });
  });
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {{ port: number, password: string | undefined }} at
 * @param {string} file
 */
async function answers(child, { port, password }, file) {
  let ended = false;
  child.once("close", () => {
    ended = true;
  });
  await until(`Redis on port ${port}`, async () => {
    if (ended) return true;
    const info = await command({ port, ...(password && { password }) }, "INFO", "server");
    // Whoever else took the port answers too.
    return String(info).includes(`config_file:${file}`);
  });
  if (ended) throw new Error(`Redis did not start on port ${port}: ${outputs.get(child)?.trim() ?? "no output"}`);
}

/** @param {import("node:child_process").ChildProcess} child */
function endProcess(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.ref();
    child.once("exit", () => resolve(undefined));
    // Nothing is kept on disk, and a master would wait for its replicas on SIGTERM.
    child.kill("SIGKILL");
  });
}

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
/** @type {Set<string>} */
const folders = new Set();
let watching = false;

/** @param {string} folder */
function remove(folder) {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

function endWithThisProcess() {
  if (watching) return;
  watching = true;
  const endAll = () => {
    for (const child of children) child.kill("SIGKILL");
    for (const folder of folders) remove(folder);
  };
  process.once("exit", endAll);
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    const handler = () => {
      // Somebody else who handles the signal decides when this process exits.
      if (process.listenerCount(signal) > 1) return;
      endAll();
      process.off(signal, handler);
      process.kill(process.pid, signal);
    };
    process.on(signal, handler);
  }
}
