import { command } from "./command.mjs";
import { startRedis } from "./process.mjs";

export { startCluster, startSlotCheckingRedis } from "./cluster.mjs";
export { isReplicaOf, knowsSlotsOf, takesOver } from "./failover.mjs";
export { findRedis } from "./find.mjs";
export { beginMove } from "./move-slot.mjs";
export { startRedis } from "./process.mjs";
export { startProxy } from "./proxy.mjs";
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
 * Rejects with one line when nothing answers.
 *
 * @param {string} url
 */
async function ping(url) {
  try {
    await command(url, ["PING"], 5_000);
  } catch (error) {
    // Not the error itself: it quotes the command that failed, which can be AUTH with the password.
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`REDIS_URL names ${new URL(url).host}, which does not answer: ${reason}`);
  }
}
