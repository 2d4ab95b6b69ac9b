import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * @typedef {object} RedisProxy
 * @property {string} url
 * @property {() => Promise<void>} refuse Breaks every connection and refuses new ones, as a server that is down.
 * @property {() => Promise<void>} hang Breaks every connection. New ones are taken, and what they send lies there until
 *   `resume`.
 * @property {() => void} stall Keeps every connection, and what comes through it, until `resume`.
 * @property {() => Promise<void>} resume Lets everything through again.
 * @property {() => Promise<void>} stop
 */

/**
 * Stands before a server, so that it can be out of reach and keep all that it has, its scripts too.
 *
 * @param {{ host: string, port: number }} server
 * @returns {Promise<RedisProxy>}
 */
export async function startProxy({ host, port }) {
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  /** @type {Set<[from: import("node:net").Socket, to: import("node:net").Socket]>} */
  const ways = new Set();
  /** @type {import("node:net").Socket[]} */
  let held = [];
  let hangs = false;
  let isStalled = false;

  /** @param {import("node:net").Socket} socket */
  const watch = (socket) => {
    sockets.add(socket);
    return socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  /** @param {import("node:net").Socket} downstream */
  const pass = (downstream) => {
    const upstream = watch(connect(port, host));
    downstream.on("close", () => upstream.destroy());
    upstream.on("close", () => downstream.destroy());
    for (const [from, to] of /** @type {const} */ ([
      [downstream, upstream],
      [upstream, downstream],
    ])) {
      const way = /** @type {[typeof from, typeof to]} */ ([from, to]);
      ways.add(way);
      from.pipe(to).on("close", () => ways.delete(way));
    }
  };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const proxy = createServer({ noDelay: true }, (downstream) => {
    watch(downstream);
    if (hangs) held.push(downstream);
    else pass(downstream);
  });
  /** @param {number} at */
  const listen = async (at) => {
    proxy.listen(at, host);
    await once(proxy, "listening");
    return /** @type {import("node:net").AddressInfo} */ (proxy.address()).port;
  };
  const refuse = async () => {
    if (!proxy.listening) return;
    const closed = once(proxy, "close");
    proxy.close();
    cut();
    await closed;
  };

  const own = await listen(0);
  return {
    url: `redis://${host}:${own}`,
    refuse,
    async hang() {
      hangs = true;
      cut();
      if (!proxy.listening) await listen(own);
    },
    stall() {
      isStalled = true;
      for (const [from, to] of ways) from.unpipe(to).pause();
    },
    async resume() {
      hangs = false;
      if (isStalled) for (const [from, to] of ways) from.pipe(to);
      isStalled = false;
      for (const downstream of held) if (!downstream.destroyed) pass(downstream);
      held = [];
      if (!proxy.listening) await listen(own);
    },
    stop: refuse,
  };
}
