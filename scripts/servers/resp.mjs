import { createConnection } from "node:net";

/**
 * Sends one command and answers its reply. Just enough RESP to look after a server; no client needed.
 * Integers are numbers, nil is null, an error reply rejects.
 *
 * @param {{ host?: string, port: number, password?: string, timeoutMs?: number }} at
 * @param {string[]} args
 * @returns {Promise<unknown>}
 */
export function command({ host = "127.0.0.1", port, password, timeoutMs = 1_000 }, ...args) {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port });
    const wanted = password ? 2 : 1;
    let received = Buffer.alloc(0);
    /** @param {() => void} settle */
    const end = (settle) => {
      socket.destroy();
      settle();
    };
    socket.setTimeout(timeoutMs, () => end(() => reject(new Error(`Redis on port ${port} does not answer`))));
    socket.once("error", (error) => end(() => reject(error)));
    socket.once("close", () => reject(new Error(`Redis on port ${port} closed the connection`)));
    socket.once("connect", () => {
      if (password) socket.write(encode(["AUTH", password]));
      socket.write(encode(args));
    });
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      let at = 0;
      /** @type {unknown} */
      let value;
      for (let n = 0; n < wanted; n++) {
        const reply = decode(received, at);
        if (!reply) return;
        ({ value, next: at } = reply);
      }
      end(() => (value instanceof Error ? reject(value) : resolve(value)));
    });
  });
}

/** @param {string[]} args */
function encode(args) {
  return `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join("")}`;
}

/**
 * @param {Buffer} bytes
 * @param {number} at
 * @returns {{ value: unknown, next: number } | undefined} undefined while the reply is incomplete
 */
function decode(bytes, at) {
  const end = bytes.indexOf("\r\n", at);
  if (end < 0) return undefined;
  const type = String.fromCharCode(bytes[at] ?? 0);
  const line = bytes.toString("utf8", at + 1, end);
  const next = end + 2;
  if (type === "+") return { value: line, next };
  if (type === "-") return { value: new Error(line), next };
  const size = Number(line);
  if (type === ":") return { value: size, next };
  if (size < 0) return { value: null, next };
  if (type === "$") {
    if (bytes.length < next + size + 2) return undefined;
    return { value: bytes.toString("utf8", next, next + size), next: next + size + 2 };
  }
  /** @type {unknown[]} */
  const items = [];
  let cursor = next;
  for (let n = 0; n < size; n++) {
    const item = decode(bytes, cursor);
    if (!item) return undefined;
    items.push(item.value);
    cursor = item.next;
  }
  return { value: items, next: cursor };
}
