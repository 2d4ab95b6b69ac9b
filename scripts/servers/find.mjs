import { findOrInstall } from "../install.mjs";

/** @type {Promise<string> | undefined} */
let found;

/**
 * Finds a Redis server: `REDIS_SERVER_BIN`, `redis-server` or `valkey-server` on PATH, then as root on
 * Debian/Ubuntu with apt.
 *
 * @param {{ report?: import("../install.mjs").Report }} [options]
 * @returns {Promise<string>} the path of the server
 */
export function findRedis(options) {
  found ??= findOrInstall(
    {
      variable: "REDIS_SERVER_BIN",
      commands: ["redis-server", "valkey-server"],
      apt: "redis-server",
      brew: "redis",
      missing:
        "No Redis found: apt install redis-server | brew install redis | set REDIS_SERVER_BIN to a redis-server or valkey-server",
    },
    options,
  );
  return found;
}
