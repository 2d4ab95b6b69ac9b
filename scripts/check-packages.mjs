// Packs every publishable package, installs the tarballs together in an empty project, as a user would, and
// imports each entry there: without a client or a framework, so none may be needed before it is used. Only the conformance
// kit and memory cannot load without a peer: what makes their random states, and what runs the Lua.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conclude, entries, readManifest, workspaces } from "./workspace.mjs";

const publishable = workspaces("packages").filter(({ manifest }) => !manifest.private);
const temp = mkdtempSync(join(tmpdir(), "redis-keyspace-packages-"));
const project = join(temp, "project");
/** @type {string[]} */
const problems = [];
let count = 0;

try {
  const tarballs = publishable.map(({ folder }, n) => {
    const tarball = join(temp, `${n}.tgz`);
    run("pnpm", ["pack", "--out", tarball], folder);
    return tarball;
  });
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const peers = publishable.flatMap(({ manifest: { peerDependencies = {} } }) =>
    ["@opentelemetry/api", "fast-check", "fengari", "jose"]
      .filter((name) => name in peerDependencies)
      .map((name) => `${name}@${peerDependencies[name]}`),
  );
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  run("npm", ["install", ...flags, ...tarballs, ...peers], project);

  for (const { manifest } of publishable) {
    const installed = join(project, "node_modules", manifest.name);
    const text = JSON.stringify(readManifest(installed));
    for (const word of ["workspace:", "catalog:", "dev-source"]) {
      if (text.includes(word)) problems.push(`${manifest.name}: the packed package.json still says "${word}"`);
    }
    for (const file of ["LICENSE", "README.md"]) {
      if (!existsSync(join(installed, file))) problems.push(`${manifest.name}: ${file} is not packed`);
    }
    for (const { specifier } of entries(manifest)) {
      count++;
      const program = `if (Object.keys(await import("${specifier}")).length === 0) throw new Error("exports nothing")`;
      try {
        run(process.execPath, ["--input-type=module", "-e", program], project);
      } catch (error) {
        problems.push(`${specifier}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
} catch (error) {
  problems.push(error instanceof Error ? error.message : String(error));
} finally {
  rmSync(temp, { recursive: true });
}

conclude(problems, `${publishable.length} packages install and their ${count} entries load`);

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
function run(command, args, cwd) {
  execFileSync(command, args, { cwd, stdio: ["ignore", "ignore", "pipe"], timeout: 120_000 });
}
