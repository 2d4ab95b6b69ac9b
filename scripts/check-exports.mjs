// The exports map, with the commands of `bin`, is the table of contents: it names every entry file in `src`, and only those; what is
// published differs by the "redis-keyspace-source" condition alone; and the README shows each entry.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { conclude, entries, publishable, root } from "./workspace.mjs";

/** @type {string[]} */
const problems = [];
let count = 0;

for (const { folder, manifest } of publishable()) {
  const where = relative(root, folder);
  const readmeFile = join(folder, "README.md");
  const readme = existsSync(readmeFile) ? readFileSync(readmeFile, "utf8") : "";
  if (!readme) problems.push(`${where}: has no README.md`);

  const files = new Set(readdirSync(join(folder, "src")).filter((name) => /(?<!\.test|\.d)\.ts$/.test(name)));
  /** @type {Record<string, unknown>} */
  const published = { "./package.json": "./package.json" };

  for (const { path, specifier, target } of entries(manifest)) {
    count++;
    const name = path === "." ? "index" : path.slice(2);
    const built = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
    published[path] = built;
    if (!isDeepStrictEqual(target, { "redis-keyspace-source": `./src/${name}.ts`, ...built })) {
      problems.push(`${where}: exports["${path}"] must lead to ${name} in src and dist`);
    }
    if (!files.delete(`${name}.ts`)) problems.push(`${where}: exports["${path}"] has no src/${name}.ts`);
    if (readme && !new RegExp(`["'\`]${specifier}["'\`]`).test(readme)) {
      problems.push(`${where}/README.md: does not show ${specifier}`);
    }
  }
  for (const target of Object.values(manifest.bin ?? {})) {
    const name = /^\.\/dist\/([\w-]+)\.js$/.exec(target)?.[1];
    if (name !== undefined && !files.delete(`${name}.ts`)) problems.push(`${where}: bin has no src/${name}.ts`);
  }
  for (const name of files)
    problems.push(`${where}: src/${name} is not in exports; code that is no entry lives in lib`);
  if (manifest.exports?.["./package.json"] !== "./package.json") {
    problems.push(`${where}: exports["./package.json"] is missing`);
  }
  if (!isDeepStrictEqual(manifest.publishConfig?.exports, published)) {
    problems.push(`${where}: publishConfig.exports must be exports without "redis-keyspace-source"`);
  }
}

conclude(problems, `${count} entries agree with their files and READMEs`);
