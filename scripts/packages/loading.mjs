import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./project.mjs";

/**
 * Every entry by `import` and by `require`, each mode in one process. Without a client or a framework, so none may be
 * needed before it is used.
 *
 * @param {string} project
 * @param {readonly string[]} specifiers
 * @param {string} node
 */
export async function loadEntries(project, specifiers, node) {
  const all = JSON.stringify(specifiers);
  const check = `if (Object.keys(loaded).length === 0) throw new Error(name + " exports nothing");`;
  const byImport = `for (const name of ${all}) { const loaded = await import(name); ${check} }`;
  const byRequire = `for (const name of ${all}) { const loaded = require(name); ${check} }`;
  await Promise.all([
    run(node, ["--input-type=module", "-e", byImport], { cwd: project }),
    run(node, ["--input-type=commonjs", "-e", byRequire], { cwd: project }),
  ]);
}

/**
 * A sign-in, told by a runtime.
 *
 * @param {string} project
 * @param {string} command
 * @param {readonly string[]} [args]
 * @param {string} [redisUrl] also on this Redis
 */
export async function tellStory(project, command, args = [], redisUrl) {
  await copyFile(new URL("fixtures/story.mjs", import.meta.url), join(project, "story.mjs"));
  const env = redisUrl === undefined ? {} : { REDIS_URL: redisUrl };
  const told = await run(command, [...args, "story.mjs"], { cwd: project, env });
  if (!told.includes("told")) throw new Error(`the story ended early: ${told}`);
}
