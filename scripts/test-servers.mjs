// What `npm run test:servers -- <server> …` runs: the tests of all packages, on one server after another. A server is the
// path of a redis-server or valkey-server. The last lines say how each did.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const servers = process.argv.slice(2);
if (servers.length === 0) throw new Error("Which servers? npm run test:servers -- /path/to/valkey-server …");

const projects = readdirSync(join(root, "packages")).flatMap((name) => ["--project", name]);
const results = [];
for (const server of servers) {
  const version = spawnSync(server, ["--version"], { encoding: "utf8" }).stdout?.split(" sha=")[0] || server;
  console.log(`\n── ${version}`);
  const summary = await test(server);
  results.push({ version, ...summary });
}
for (const { version, code, tests } of results)
  console.log(`${version}: ${code === 0 ? "passed" : "failed"}, ${tests}`);
process.exitCode = results.every(({ code }) => code === 0) ? 0 : 1;

/**
 * @param {string} server
 * @returns {Promise<{ code: number | null, tests: string }>}
 */
function test(server) {
  const env = { ...process.env, REDIS_SERVER_BIN: server };
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", ...projects], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let end = "";
  child.stdout.on("data", (chunk) => {
    process.stdout.write(chunk);
    end = `${end}${chunk}`.slice(-2_000);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, tests: /Tests +(.*\))/.exec(end)?.[1] ?? "no test ran" }));
  });
}
