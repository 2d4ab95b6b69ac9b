import { createConnection, createServer } from "node:net";
import Parser from "redis-parser";

const QUIET_MS = 10;

/**
 * Counts what clients send and receive through its proxies. Replies are held back until nothing more was sent for a
 * while, so every time that something is sent after that, the client had waited for an answer first: one round trip.
 * (INFO commandstats would count the commands inside of scripts too.)
 */
export class Meter {
  #proxies = [];
  #held = [];
  #waiting = false;
  #events = 0;
  #timer;
  #counts = { roundTrips: 0, commands: 0, bytes: 0, sentBytes: 0 };

  /** @returns {Promise<{ host: string, port: number }>} where to connect instead */
  async proxy({ host, port }) {
    const server = createServer({ noDelay: true }, (client) => this.#join(client, { host, port }));
    const sockets = new Set();
    server.on("connection", (socket) => sockets.add(socket));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#proxies.push({ server, sockets });
    return { host: "127.0.0.1", port: server.address().port };
  }

  /**
   * @param {() => Promise<unknown>} work
   * @returns {Promise<{ roundTrips: number, commands: number, bytes: number, sentBytes: number }>}
   */
  async count(work) {
    this.#counts = { roundTrips: 0, commands: 0, bytes: 0, sentBytes: 0 };
    await work();
    return this.#counts;
  }

  async close() {
    clearTimeout(this.#timer);
    for (const { server, sockets } of this.#proxies) {
      server.close();
      for (const socket of sockets) socket.destroy();
    }
  }

  #join(client, target) {
    const redis = createConnection({ ...target, noDelay: true });
    // A request is written as a reply is: an array of strings.
    const requests = new Parser({ returnReply: () => this.#counts.commands++, returnError() {}, returnBuffers: true });
    client.on("data", (chunk) => {
      if (!this.#waiting) this.#counts.roundTrips++;
      this.#waiting = true;
      requests.execute(chunk);
      this.#counts.bytes += chunk.length;
      this.#counts.sentBytes += chunk.length;
      redis.write(chunk);
      this.#heard();
    });
    redis.on("data", (chunk) => {
      this.#counts.bytes += chunk.length;
      this.#held.push(() => client.write(chunk));
      this.#heard();
    });
    for (const [one, other] of [
      [client, redis],
      [redis, client],
    ]) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  }

  #heard() {
    this.#events++;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ifQuiet(this.#events), QUIET_MS);
  }

  /** A timer can come before data that was there first: look at the sockets once more. */
  #ifQuiet(events) {
    setImmediate(() => {
      if (events !== this.#events || this.#held.length === 0) return;
      this.#waiting = false;
      for (const release of this.#held.splice(0)) release();
    });
  }
}
