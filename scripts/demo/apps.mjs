import { spawn } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../workspace.mjs";

const startMs = 60_000;
const graceMs = 3_000;

/** @typedef {(() => Promise<void>)[]} Ending What to end with the launcher, last started first. */

/**
 * @typedef {object} App
 * @property {string} url
 * @property {Promise<string>} ended How it ended, once it has.
 */

/**
 * Builds apps and the packages that they use, as far as anything has changed.
 *
 * @param {string[]} folders
 * @param {Ending} ending
 */
export async function build(folders, ending) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
  const filters = folders.map((folder) => `--filter=./apps/${basename(folder)}`);
  const args = ["run", "build", ...filters, "--output-logs=errors-only"];
  const child = spawn("turbo", args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const done = once(child, "close");
  const stop = () => end(child, done);
  ending.unshift(stop);
  const [code] = await done;
  ending.splice(ending.indexOf(stop), 1);
  if (code !== 0) throw new Error(`The build failed:\n${output}`);
}

/**
 * Starts a built app.
 *
 * @param {string} folder
 * @param {Record<string, string>} settings
 * @param {{ ending: Ending, label?: string }} options `label` goes before each line that the app prints
 * @returns {Promise<App>} once it listens
 */
export async function startApp(folder, settings, { ending, label }) {
  const child = spawn(process.execPath, ["dist/server.js"], {
    cwd: folder,
    env: { ...process.env, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const done = once(child, "close");
  const stop = () => end(child, done);
  ending.unshift(stop);
  const ended = done.then(([code, signal]) => String(signal ?? `exit code ${code}`));

  const prefix = label === undefined ? "" : `${label}: `;
  createInterface({ input: child.stderr }).on("line", (line) => console.error(prefix + line));
  /** @type {Promise<string>} */
  const listening = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [, url] = /^listening on (\S+)$/.exec(line) ?? [];
      if (url) resolve(url);
      else console.log(prefix + line);
    });
  });

  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  try {
    const url = await Promise.race([
      listening,
      ended.then((how) => Promise.reject(new Error(`it ended at once (${how})`))),
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`it does not listen after ${startMs / 1_000} s`)), startMs);
      }),
    ]);
    return { url, ended };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
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
