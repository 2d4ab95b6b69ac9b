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
  } finally {
    await redis.stop();
  }
}

const end = Date.now() + 3_600_000;
const session = `{"expiresAt":${end},"endsAt":null,"userId":"ada","createdAt":${end},"data":{}}`;
