import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./project.mjs";

const test = `import { createSessionStore } from "redis-keyspace";
import { memoryDriver } from "redis-keyspace/memory";
import { redisAuth } from "@redis-keyspace/next-auth";

test("a session is read, with real timers and with fake ones", async () => {
  const sessions = createSessionStore(memoryDriver());
  const { id } = await sessions.create({ userId: "u1", data: {} });
  FAKE.useFakeTimers();
  expect((await sessions.get(id)).userId).toBe("u1");
  FAKE.useRealTimers();
  expect(redisAuth(memoryDriver()).adapter.createUser).toBeInstanceOf(Function);
});
`;

/** Jest runs ES modules with a flag of Node's only: https://jestjs.io/docs/ecmascript-modules @param {string} project @param {string} tools */
export async function runJest(project, tools) {
  const folder = await testFolder(
    project,
    "jest",
    `import { expect, jest, test } from "@jest/globals";\n${test.replaceAll("FAKE", "jest")}`,
  );
  const jest = join(tools, "node_modules/jest/bin/jest.js");
  const args = ["--experimental-vm-modules", jest, "--rootDir", folder, "--testMatch", "**/story.test.mjs"];
  await run(process.execPath, [...args, "--transform", "{}", "--moduleFileExtensions", "mjs", "js", "json"], {
    cwd: folder,
    env: { NODE_PATH: join(tools, "node_modules") },
  });
}

/** @param {string} project @param {string} vitest the folder of the package */
export async function runVitest(project, vitest) {
  const folder = await testFolder(
    project,
    "vitest",
    `import { expect, test, vi } from "vitest";\n${test.replaceAll("FAKE", "vi")}`,
  );
  await writeFile(
    join(folder, "vitest.config.mjs"),
    `export default { resolve: { alias: { vitest: ${JSON.stringify(vitest)} } } };`,
  );
  await run(process.execPath, [join(vitest, "vitest.mjs"), "run"], { cwd: folder });
}

/** @param {string} project @param {string} name @param {string} code */
async function testFolder(project, name, code) {
  const folder = join(project, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "story.test.mjs"), code);
  return folder;
}
