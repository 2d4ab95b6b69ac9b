// The address of the repository stands in the root's package.json. Every package says where it comes from, links in a
// package's README work on npm too, where no other file of the repository is, and what CI runs of others is pinned.
// `--write` mends the packages and their READMEs: so the address is changed in one place.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { conclude, publishable, readManifest, root } from "./workspace.mjs";

const write = process.argv.includes("--write");
const url = readManifest(root).repository?.url ?? "";
const address = /^git\+(https:\/\/.+)\.git$/.exec(url)?.[1];
if (address === undefined) throw new Error('"repository" of the root\'s package.json must be git+https://….git');
/** @type {string[]} */
const problems = [];
let links = 0;

for (const { folder, manifest } of publishable()) {
  const where = relative(root, folder);
  const fields = {
    homepage: `${address}/tree/main/${where}#readme`,
    bugs: `${address}/issues`,
    repository: { type: "git", url, directory: where },
  };
  const file = join(folder, "package.json");
  if (write) writeFileSync(file, `${JSON.stringify(withFields(manifest, fields), null, 2)}\n`);
  else {
    for (const [name, value] of Object.entries(fields)) {
      const given = /** @type {Record<string, unknown>} */ (manifest)[name];
      if (!isDeepStrictEqual(given, value)) problems.push(`${where}/package.json: "${name}" must be ${say(value)}`);
    }
    if (manifest.publishConfig?.provenance !== true) problems.push(`${where}: publishConfig must have provenance`);
  }
  checkReadme(join(folder, "README.md"));
}

const workflows = join(root, ".github/workflows");
for (const name of readdirSync(workflows)) {
  for (const [, used = ""] of readFileSync(join(workflows, name), "utf8").matchAll(/\buses: *(\S+)/g)) {
    if (!/@[0-9a-f]{40}$/.test(used)) problems.push(`${name}: ${used} must be pinned by its commit`);
  }
}

conclude(problems, `${links} links of READMEs lead into ${address}`);

/**
 * After "license", in this order.
 *
 * @param {object} manifest
 * @param {Record<string, unknown>} fields
 */
function withFields(manifest, fields) {
  const others = Object.entries(manifest).filter(([name]) => !(name in fields));
  const at = others.findIndex(([name]) => name === "license");
  others.splice(at, 0, ...Object.entries(fields));
  return Object.fromEntries(others);
}

/** @param {string} file */
function checkReadme(file) {
  const text = readFileSync(file, "utf8");
  const linked = text.replace(/(\]\()([^)\s]+)(?=\))/g, (_, open, target) => open + whole(file, target));
  if (linked === text) return;
  if (write) writeFileSync(file, linked);
  else
    problems.push(
      `${relative(root, file)}: has links that do not work on npm (node scripts/check-repository.mjs --write)`,
    );
}

/**
 * The address of what a README links to. What is elsewhere, and in the README itself, stays as it is.
 *
 * @param {string} file
 * @param {string} target
 */
function whole(file, target) {
  const [path = "", anchor] = target.split("#");
  const [, own] = /^https:\/\/github\.com\/[^/]+\/[^/]+\/(?:blob|tree|raw)\/main\/(.+)$/.exec(path) ?? [];
  if (path === "" || (own === undefined && /^[a-z]+:/.test(path))) return target;
  const place = own ?? relative(root, join(dirname(file), path));
  links++;
  const found = join(root, place);
  if (!existsSync(found)) problems.push(`${relative(root, file)}: ${target} leads nowhere`);
  else if (anchor !== undefined && found.endsWith(".md") && !anchors(found).includes(anchor)) {
    problems.push(`${relative(root, file)}: ${target} has no such heading`);
  }
  // A picture's page is no picture.
  const kind = /\.(png|svg)$/.test(place) ? "raw" : /\.[a-z]+$/.test(place) ? "blob" : "tree";
  return `${address}/${kind}/main/${place}${anchor === undefined ? "" : `#${anchor}`}`;
}

/**
 * https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links
 *
 * @param {string} file
 */
function anchors(file) {
  return [...readFileSync(file, "utf8").matchAll(/^#+ +(.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-"),
  );
}

/** @param {unknown} value */
function say(value) {
  return JSON.stringify(value);
}
