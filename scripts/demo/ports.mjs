import { createServer } from "node:net";

/** @param {string | undefined} text */
export function readPort(text = "3000") {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`PORT is "${text}", not a port number`);
  return port;
}

/** @param {number} from */
export async function nextFreePort(from) {
  for (let port = from; port <= 65_535; port++) {
    if (await isFree(port)) return port;
  }
  throw new Error(`No port is free from ${from} on`);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
