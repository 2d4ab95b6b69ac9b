import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {string} [description]
 * @property {boolean} [private]
 * @property {{ type: string, url: string, directory?: string }} [repository]
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, string | Record<string, string>>} [exports]
 * @property {{ exports?: Record<string, string | Record<string, string>>, provenance?: boolean }} [publishConfig]
 * @property {Partial<import("./demo/declared.mjs").Demo>} [demo]
 */

/**
 * The folders in `packages` or `apps` that hold a package, with their manifests.
 *
 * @param {"packages" | "apps"} group
 * @returns {{ folder: string, manifest: Manifest }[]}
 */
export function workspaces(group) {
  const parent = join(root, group);
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => ({ folder, manifest: readManifest(folder) }));
}

/** Those in `packages` that are published. */
export function publishable() {
  return workspaces("packages").filter(({ manifest }) => !manifest.private);
}

/**
 * @param {string} folder
 * @returns {Manifest}
 */
export function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/**
 * What users import: `redis-keyspace`, `redis-keyspace/memory` …
 *
 * @param {Manifest} manifest
 * @returns {{ specifier: string, path: string, target: string | Record<string, string> }[]}
 */
export function entries({ name, exports = {} }) {
  return Object.entries(exports)
    .filter(([path]) => path !== "./package.json")
    .map(([path, target]) => ({ specifier: `${name}${path.slice(1)}`, path, target }));
}

/**
 * Prints the problems and sets the exit code.
 *
 * @param {string[]} problems
 * @param {string} success
 */
export function conclude(problems, success) {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(success);
}
