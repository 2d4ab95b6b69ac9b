import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline/promises";

/**
 * @typedef {object} Program
 * @property {string} variable The environment variable that may name its path.
 * @property {string[]} commands Names to look for on PATH, best first.
 * @property {string[]} [paths] Absolute paths to try after PATH.
 * @property {string} apt The Debian/Ubuntu package.
 * @property {string} brew The Homebrew formula or cask.
 * @property {string} missing The one line to stop with: what to install and how.
 */

/** @typedef {(line: string) => void} Report */

/**
 * Finds a program; installs it where that is nobody's loss (root on Debian/Ubuntu: CI, containers),
 * asks first on a terminal, and otherwise stops with one line.
 *
 * @param {Program} program
 * @param {{ report?: Report }} [options]
 * @returns {Promise<string>} its path
 */
export async function findOrInstall(program, { report = (line) => console.error(line) } = {}) {
  const named = process.env[program.variable];
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error(`${program.variable} names ${named}, which is not an executable file`);
  }
  const found = locate(program);
  if (found) return found;

  const install = await howToInstall(program);
  if (!install) throw new Error(program.missing);
  report(`Installing ${install.what}`);
  for (const [command = "", ...args] of install.commands) {
    const failure = await run(command, args);
    if (failure) throw new Error(`${program.missing} (${command} failed: ${failure})`);
  }
  const installed = locate(program);
  if (!installed) throw new Error(program.missing);
  return installed;
}

/** @param {Pick<Program, "commands" | "paths">} program */
function locate({ commands, paths = [] }) {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return [...commands.flatMap((name) => folders.map((folder) => join(folder, name))), ...paths].find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * @param {Program} program
 * @returns {Promise<{ what: string, commands: string[][] } | undefined>} undefined: not possible or not wanted
 */
async function howToInstall({ apt, brew }) {
  const root = process.getuid?.() === 0;
  if (locate({ commands: ["apt-get"] })) {
    const aptGet = [...(root ? [] : ["sudo"]), "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"];
    const install = {
      what: `${apt} with apt`,
      commands: [
        [...aptGet, "update"],
        [...aptGet, "install", "-y", "--no-install-recommends", apt],
      ],
    };
    return root || (await agree(install.what)) ? install : undefined;
  }
  if (locate({ commands: ["brew"] })) {
    const install = { what: `${brew} with brew`, commands: [["brew", "install", ...brew.split(" ")]] };
    return (await agree(install.what)) ? install : undefined;
  }
  return undefined;
}

/** @param {string} what */
async function agree(what) {
  if (!process.stdin.isTTY || !process.stderr.isTTY || process.env["CI"]) return false;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`Install ${what}? [Y/n] `);
  prompt.close();
  return /^(y|yes)?$/i.test(answer.trim());
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<string | undefined>} why it failed
 */
function run(command, args) {
  return new Promise((resolve) => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const child = spawn(command, args, { env, stdio: [command === "sudo" ? "inherit" : "ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr?.on("data", (chunk) => {
      stderr += chunk;
    });
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) =>
      resolve(code === 0 ? undefined : (stderr.trim().split("\n").at(-1) ?? `exit ${code}`)),
    );
  });
}
