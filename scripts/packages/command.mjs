import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { startRedis } from "../servers/index.mjs";
import { install, run } from "./project.mjs";

/**
 * The command `redis-keyspace` where nothing else is installed, no framework and no peer.
 *
 * @param {string} folder
 * @param {readonly string[]} tarballs
 */
export async function runCommand(folder, tarballs) {
  await install(folder, tarballs, ["--omit=peer", "--legacy-peer-deps"]);
  const npx = (/** @type {string[]} */ ...args) =>
    run("npx", ["--no-install", "redis-keyspace", ...args], { cwd: folder });
  const help = await npx("--help");
  if (!help.includes("Usage: redis-keyspace")) throw new Error(`it does not explain itself: ${help}`);
  const redis = await startRedis();
  try {
    await redis.command("SET", "session:~0123456789abcdefghijklmnopqrstuv", session);
    await redis.command("ZADD", "user-sessions:ada", String(end), "~0123456789abcdefghijklmnopqrstuv");
    const listed = await npx("list", "ada", "--url", redis.url);
    if (!listed.includes("~0123456789abcdefghijklmnopqrstuv")) throw new Error(`it lists no session: ${listed}`);
    await openConsole(folder, redis.url);
  } finally {
    await redis.stop();
  }
}

/**
 * Its page, whose style sheet and libraries have to be there too.
 *
 * @param {string} folder
 * @param {string} redisUrl
 */
async function openConsole(folder, redisUrl) {
  const bin = join(folder, "node_modules/@redis-keyspace/cli/dist/bin.js");
  const child = spawn(process.execPath, [bin, "console", "--json", "--url", redisUrl], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  try {
    let printed = "";
    for await (const text of child.stdout.setEncoding("utf8")) {
      printed += text;
      if (printed.includes("}")) break;
    }
    const { url } = JSON.parse(printed);
    for (const path of ["", "style.css", "script.js"]) {
      const { status } = await fetch(url + path);
      if (status !== 200) throw new Error(`its console answers ${status} for ${path || "the page"}`);
    }
  } finally {
    child.kill("SIGINT");
    await closed;
  }
}

const end = Date.now() + 3_600_000;
const session = `{"expiresAt":${end},"endsAt":null,"userId":"ada","createdAt":${end},"data":{}}`;
