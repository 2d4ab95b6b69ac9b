import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const folders = [
  ...["packages", "apps"].flatMap((group) =>
    existsSync(group) ? readdirSync(group).map((name) => `${group}/${name}`) : [],
  ),
  "bench",
  "scripts",
].filter((folder) => existsSync(`${folder}/package.json`));

// The packages are tested from source; an app runs them as its users do, from dist.
const conditions = (folder: string) => [
  ...(folder.startsWith("apps/") ? [] : ["dev-source"]),
  "node",
  "import",
  "default",
];

const projects = folders.map(
  (folder): TestProjectInlineConfiguration => ({
    root: folder,
    resolve: { conditions: conditions(folder) },
    ssr: { resolve: { conditions: conditions(folder) } },
    test: {
      name: folder.replace(/^packages\//, ""),
      include: ["src/**/*.test.ts", "test/**/*.test.{ts,mjs}"],
      testTimeout: 30_000,
      hookTimeout: 60_000,
      // The SvelteKit applications that the tests of that package run in.
      globalSetup: folder === "packages/sveltekit" ? [`${import.meta.dirname}/${folder}/test/fixtures/kits.ts`] : [],
    },
  }),
);

export default defineConfig({
  // Tests wait for servers and browsers more than they compute.
  test: { projects, maxWorkers: Math.max(2, availableParallelism() - 1), globalSetup: "scripts/vitest-redis.mjs" },
});
