import { startRedis } from "./process.mjs";
import { command } from "./resp.mjs";

export { startCluster } from "./cluster.mjs";
export { findRedis } from "./find.mjs";
export { freePort, startRedis } from "./process.mjs";
export { startSentinel } from "./sentinel.mjs";

/** @typedef {import("./process.mjs").RedisOptions} RedisOptions */
/** @typedef {import("./process.mjs").RedisServer} RedisServer */
/** @typedef {import("./cluster.mjs").RedisCluster} RedisCluster */
/** @typedef {import("./sentinel.mjs").RedisSentinel} RedisSentinel */

/**
 * The Redis of `REDIS_URL`, or a private one.
 *
 * @returns {Promise<{ url: string, private: boolean, stop(): Promise<void> }>}
 */
export async function openRedis() {
  const url = process.env["REDIS_URL"];
  if (url) {
    await ping(url);
    return { url, private: false, stop: async () => {} };
  }
  const { url: own, stop } = await startRedis();
  return { url: own, private: true, stop };
}

/**
 * Rejects with one line when nothing answers at a `redis:` URL. A `rediss:` one is left to the client.
 *
 * @param {string} url
 */
async function ping(url) {
  const { protocol, hostname, port, username, password } = new URL(url);
  if (protocol !== "redis:" || username) return;
  try {
    await command(
      { host: hostname, port: Number(port || 6379), password: decodeURIComponent(password), timeoutMs: 5_000 },
      "PING",
    );
  } catch (error) {
    throw new Error(`REDIS_URL names ${hostname}:${port || 6379}, which does not answer`, { cause: error });
  }
}
