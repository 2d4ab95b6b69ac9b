import getPort from "get-port";

/** @param {string | undefined} text */
export function readPort(text = "3000") {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`PORT is "${text}", not a port number`);
  return port;
}

/**
 * The first free port from this one on, never one that was handed out just now; any free one if none is.
 *
 * @param {number} from
 */
export function nextFreePort(from) {
  return getPort({ host: "127.0.0.1", port: Array.from({ length: 65_536 - from }, (_, n) => from + n) });
}
