import { spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import getPort from "get-port";
import { onExit } from "signal-exit";
import { command } from "./command.mjs";
import { findRedis } from "./find.mjs";

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
 * @property {() => Promise<void>} kill Ends it at once, as `kill -9` does; `restart` brings it back.
 * @property {() => void} pause Makes it hang (SIGSTOP): connections stay open, nothing answers.
 * @property {() => void} resume Ends a pause (SIGCONT).
 * @property {() => Promise<void>} restart Ends it if it runs and starts it again on the same port: empty, unless its
 *   arguments say what to keep.
 */

/**
 * Starts a private Redis on 127.0.0.1 that keeps nothing on disk unless its arguments say so. It ends with this process.
 *
 * @param {RedisOptions} [options]
 * @returns {Promise<RedisServer>} once it answers
 */
export async function startRedis({ args = [], config = [], port: wanted, password } = {}) {
  const bin = await findRedis();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "redis-keyspace-")));
  const file = join(folder, "redis.conf");
  writeFileSync(file, config.map((line) => `${line}\n`).join(""));

  let port = wanted ?? 0;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let child;
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Where somebody else handles a signal too, they decide when this process ends.
  const stopWatching = onExit(() => {
    child?.kill("SIGKILL");
    remove();
  });

  /** @param {number} onPort */
  const launch = async (onPort) => {
    const all = [file, "--port", `${onPort}`, "--bind", host, "--dir", folder, "--save", "", "--appendonly", "no"];
    if (password) all.push("--requirepass", password, "--masterauth", password);
    child = await startProcess(bin, [...all, ...args]);
    await answers(child, urlOf(onPort, password), file);
  };
  const kill = async () => {
    if (child) await endProcess(child);
  };
  const stop = async () => {
    await kill();
    stopWatching();
    remove();
  };

  try {
    if (wanted) await launch(wanted);
    else
      await onFreePort(async (free) => {
        port = free;
        await launch(free);
      });
  } catch (error) {
    await stop();
    throw error;
  }

  const url = urlOf(port, password);
  return {
    url,
    host,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    command: (...words) => command(url, words),
    stop,
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

/** One that this process has not been told of lately, so that servers that start at once do not meet. */
export const freePort = () => getPort({ host });

/**
 * @param {number} port
 * @param {string | undefined} password
 */
function urlOf(port, password) {
  return `redis://${password ? `:${encodeURIComponent(password)}@` : ""}${host}:${port}`;
}

/** @type {WeakMap<import("node:child_process").ChildProcess, string>} */
const outputs = new WeakMap();

/**
 * @param {string} bin
 * @param {string[]} args
 * @returns {Promise<import("node:child_process").ChildProcess>}
 */
function startProcess(bin, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(bin, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => outputs.set(child, `${outputs.get(child) ?? ""}${chunk}`.slice(-2_000)));
    }
    child.once("error", reject);
    child.once("spawn", () => {
      child.unref();
      resolve(child);
    });
  });
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {string} url
 * @param {string} file
 */
async function answers(child, url, file) {
  let ended = false;
  child.once("close", () => {
    ended = true;
  });
  const what = `Redis on port ${new URL(url).port}`;
  await until(what, async () => {
    if (ended) return true;
    const info = await command(url, ["INFO", "server"]);
    // Whoever else took the port answers too.
    return String(info).includes(`config_file:${file}`);
  });
  if (ended) throw new Error(`${what} did not start: ${outputs.get(child)?.trim() ?? "no output"}`);
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
