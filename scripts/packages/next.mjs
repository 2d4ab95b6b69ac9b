import { spawn } from "node:child_process";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./project.mjs";

const told = { known: true, count: 1, after: null };

/**
 * Builds an application with a route and middleware of the edge runtime, and a route of Node's; then starts it and has each
 * tell a sign-in.
 *
 * @param {string} folder where Next.js and the packed packages are installed
 * @param {{ url: string, token: string }} upstash
 */
export async function runNext(folder, { url, token }) {
  await cp(new URL("fixtures/next", import.meta.url), folder, { recursive: true });
  const next = join(folder, "node_modules/next/dist/bin/next");
  const env = { NEXT_TELEMETRY_DISABLED: "1", CI: "1" };
  await run(process.execPath, [next, "build"], { cwd: folder, env, timeoutMs: 400_000 });
  const child = spawn(process.execPath, [next, "start", "--port", "0", "--hostname", "127.0.0.1"], {
    cwd: folder,
    env: { ...process.env, ...env, UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    const address = await listening(child);
    for (const [path, runtime] of [
      ["/api/edge", "edge"],
      ["/api/node", "node"],
      ["/", "middleware"],
    ]) {
      const response = await fetch(address + path);
      const answer = await response.text();
      if (answer !== JSON.stringify({ runtime, ...told }))
        throw new Error(`${path}: ${response.status} ${answer.slice(0, 500)}`);
    }
  } finally {
    child.kill("SIGKILL");
  }
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<string>}
 */
function listening(child) {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (/** @type {Buffer} */ chunk) => {
      output += chunk;
      const [, address] = /Local: +(http:\S+)[\s\S]*Ready/.exec(output) ?? [];
      if (address !== undefined) resolve(address);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("close", () => reject(new Error(`Next.js ended: ${output.slice(-2_000)}`)));
  });
}
