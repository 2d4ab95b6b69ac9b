// A project of a user's: the packed packages and what belongs to them, installed by npm outside the workspace.
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: Record<string, string>, timeoutMs?: number }} options
 * @returns {Promise<string>} what it printed
 * @throws Error with what it printed, when it fails or takes too long
 */
export async function run(command, args, { cwd, env, timeoutMs = 120_000 }) {
  try {
    const { stdout } = await execute(command, args, {
      cwd,
      env: { ...process.env, ...env },
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const {
      stdout = "",
      stderr = "",
      message,
    } = /** @type {{ stdout?: string, stderr?: string, message: string }} */ (error);
    throw new Error(`${basename(command)} ${args.join(" ")}: ${`${stdout}${stderr}`.trim().slice(-3_000) || message}`);
  }
}

/**
 * @param {readonly { folder: string }[]} packages
 * @param {string} into
 * @returns {Promise<string[]>} the paths of the tarballs
 */
export async function pack(packages, into) {
  await mkdir(into, { recursive: true });
  return await Promise.all(
    packages.map(async ({ folder }) => {
      const tarball = join(into, `${basename(folder)}.tgz`);
      await run("pnpm", ["pack", "--out", tarball], { cwd: folder });
      return tarball;
    }),
  );
}

/**
 * @param {string} folder
 * @param {readonly string[]} dependencies `name@range`, `alias@npm:name@version` or the path of a tarball
 * @param {readonly string[]} [more] options of npm's
 */
export async function install(folder, dependencies, more = []) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"];
  await run("npm", ["install", ...flags, ...more, ...dependencies], { cwd: folder, timeoutMs: 300_000 });
}
