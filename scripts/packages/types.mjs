import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./project.mjs";

/** What a user's tsconfig.json may say. Types of libraries are checked too. */
const strict = {
  target: "ES2022",
  lib: ["ES2022"],
  types: ["node"],
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
};

/** @type {Readonly<Record<string, { options: object, cts?: boolean, since?: number }>>} */
export const resolutions = {
  "nodenext, exactOptionalPropertyTypes": { options: { module: "NodeNext", exactOptionalPropertyTypes: true } },
  nodenext: { options: { module: "NodeNext" } },
  node16: { options: { module: "Node16" } },
  bundler: { options: { module: "ESNext", moduleResolution: "Bundler", exactOptionalPropertyTypes: true } },
  // Before 5.8 `require` of an ES module is an error: https://www.typescriptlang.org/docs/handbook/release-notes/typescript-5-8.html
  "nodenext, CommonJS": { options: { module: "NodeNext" }, cts: true, since: 5.8 },
};

/**
 * Type-checks an application against the packed packages.
 *
 * @param {string} project
 * @param {string} tsc the path of the compiler
 * @param {string} resolution one of {@link resolutions}
 */
export async function checkTypes(project, tsc, resolution) {
  const { options = {}, cts = false } = resolutions[resolution] ?? {};
  const folder = join(project, "types", resolution.replaceAll(/\W+/g, "-"));
  const file = cts ? "consumer.cts" : "consumer.ts";
  await mkdir(folder, { recursive: true });
  await copyFile(new URL("fixtures/consumer.ts", import.meta.url), join(folder, file));
  const compilerOptions = { ...strict, ...options };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
  await run(process.execPath, [tsc, "-p", folder], { cwd: project });
}
