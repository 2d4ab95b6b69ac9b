import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const folders = [
  ...["packages", "apps"].flatMap((group) =>
    existsSync(group) ? readdirSync(group).map((name) => `${group}/${name}`) : [],
  ),
  "bench",
  "scripts",
].filter((folder) => existsSync(`${folder}/package.json`));

// The packages are tested from source; an app runs them as its users do, from dist.
// ("import" is none of them: Node would then give it to `require` too, and Express finds a module where it wants a function.)
// (The condition has our name in it: better-auth has a "dev-source" of its own, for sources that it does not publish.)
const isFromDist = (folder: string) => folder.startsWith("apps/");
const conditions = (folder: string) => [...(isFromDist(folder) ? [] : ["redis-keyspace-source"]), "node", "default"];

/** Their test files change nothing in their process, so they share one: to load all modules anew for each takes longer than most. */
const sharing = new Set([
  "packages/redis-keyspace",
  "packages/lucia",
  "packages/next-auth",
  "packages/curveball",
  "packages/express-session",
  "packages/better-auth",
  "packages/sveltekit",
  "bench",
]);

/** Files that do change it: they listen to the channels of clients, register a tracer, or stand in for globals. */
const alone = ["traced", "what-shows", "opentelemetry*", "timers", "two-copies", "edge-runtimes"].map(
  (name) => `test/**/${name}.test.{ts,mjs}`,
);

function project(folder: string, name: string, test: TestProjectInlineConfiguration["test"]) {
  return {
    root: folder,
    resolve: { conditions: conditions(folder) },
    ssr: { resolve: { conditions: conditions(folder) } },
    test: {
      name,
      include: ["src/**/*.test.ts", "test/**/*.test.{ts,mjs}"],
      testTimeout: 30_000,
      hookTimeout: 60_000,
      // The SvelteKit applications that the tests of that package run in.
      globalSetup: folder === "packages/sveltekit" ? [`${import.meta.dirname}/${folder}/test/fixtures/kits.ts`] : [],
      ...test,
    },
  } satisfies TestProjectInlineConfiguration;
}

const projects = folders.flatMap((folder): TestProjectInlineConfiguration[] => {
  const name = folder.replace(/^packages\//, "");
  if (!sharing.has(folder)) return [project(folder, name, {})];
  const exclude = [...configDefaults.exclude, ...alone, "src/**/hash.test.ts"];
  return [
    project(folder, name, { isolate: false, exclude }),
    project(folder, `${name} alone`, { include: [...alone, "src/**/hash.test.ts"] }),
  ];
});

export default defineConfig({
  // Tests wait for servers and browsers more than they compute.
  test: { projects, maxWorkers: Math.max(2, availableParallelism() - 1), globalSetup: "scripts/vitest-redis.mjs" },
});
