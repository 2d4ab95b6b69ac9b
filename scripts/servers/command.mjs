import { Redis } from "ioredis";

/**
 * Sends one command on a connection of its own and answers its reply. There is no second try.
 *
 * @param {string} url
 * @param {string[]} words The command and its arguments.
 * @param {number} [timeoutMs]
 * @returns {Promise<unknown>}
 */
export async function command(url, [name = "", ...args], timeoutMs = 1_000) {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: null,
    enableReadyCheck: false,
    // Sentinels too answer in arrays then, and MONITOR shows nothing but the command.
    protocol: 2,
    disableClientInfo: true,
  });
  try {
    return await new Promise((resolve, reject) => {
      // Why there is no connection; the command itself would only say that it is closed.
      client.on("error", reject);
      client.call(name, ...args).then(resolve, reject);
    });
  } finally {
    client.disconnect();
  }
}
