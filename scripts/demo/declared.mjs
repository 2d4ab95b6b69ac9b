import { basename, join } from "node:path";
import { root, workspaces } from "../workspace.mjs";

/**
 * @typedef {object} Demo A folder `apps/<name>-demo`, and what its package.json says under "demo".
 * @property {string} name
 * @property {string} folder
 * @property {string} description
 * @property {string} framework What it shows, e.g. "Lucia".
 * @property {string[]} keyPrefixes What its keys in Redis begin with. No two demos share one.
 */

/** The app that links the demos and shows their keys. */
export const startPage = join(root, "apps", "start-page");

/** @returns {Demo[]} by name */
export function findDemos() {
  return workspaces("apps").flatMap(({ folder, manifest: { description = "", demo } }) => {
    const [, name] = /^(.+)-demo$/.exec(basename(folder)) ?? [];
    if (!name) return [];
    return { name, folder, description, framework: name, keyPrefixes: [], ...demo };
  });
}

/**
 * @param {string} name
 * @returns {Demo}
 */
export function chooseDemo(name) {
  const demos = findDemos();
  const demo = demos.find((candidate) => candidate.name === name);
  if (demo) return demo;
  throw new Error(`There is no demo "${name}". Known: ${demos.map((known) => known.name).join(", ")}`);
}
