import type { ServerResponse } from "node:http";
import type { Redis } from "ioredis";
import { RedisUnavailableError } from "./connection.js";
import type { Call } from "./request.js";

/** What may wait for a caller who does not read: as much as Redis keeps for a subscriber of its own. */
const maxWaitingBytes = 33_554_432;

/**
 * Makes the response an event stream over a connection of its own. It ends with whichever goes first, the caller or the
 * connection.
 *
 * @throws RedisUnavailableError before anything is sent
 */
export async function openStream(client: Redis, { endpoint, commands }: Call, response: ServerResponse): Promise<void> {
  const monitor = endpoint === "monitor";
  const own = client.duplicate({ monitor, lazyConnect: true, retryStrategy: null });
  own.on("error", () => {});
  response.once("close", () => own.disconnect());
  await new Promise<void>((resolve, reject) => {
    own.once(monitor ? "monitoring" : "ready", resolve);
    own.once("end", () => reject(new RedisUnavailableError(503)));
    own.connect().catch(() => {});
  });
  // The caller may have left meanwhile.
  if (response.destroyed) return own.disconnect();
  own.once("end", () => response.end());
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", connection: "close" });

  const write = (message: string): void => {
    // Messages still come while an ended stream empties, and writing to it would throw where nobody catches.
    if (response.writableEnded || response.destroyed) return;
    if (response.writableLength > maxWaitingBytes) return void response.destroy();
    // A line break would end the event, so a message of several lines is several "data:" lines of one event.
    const lines = message.split(/\r\n|\r|\n/);
    response.write(`${lines.map((line) => `data: ${line}\n`).join("")}\n`);
  };
  if (monitor) {
    write('"OK"');
    own.on("monitor", (time: string, args: string[], source: string, database: string) => {
      // ioredis has taken off the quotes, but no other escape.
      const words = args.map((word) => `"${word.replaceAll('"', '\\"')}"`);
      write(`${time} [${database} ${source}] ${words.join(" ")}`);
    });
    return;
  }

  const subscribe = async (): Promise<void> => {
    for (const channel of (commands[0]?.args ?? []).map(String)) {
      const count = await (endpoint === "psubscribe" ? own.psubscribe(channel) : own.subscribe(channel));
      write(`${endpoint},${channel},${count}`);
    }
  };
  const subscribed = subscribe();
  const afterwards = (line: string): void => {
    subscribed.then(
      () => write(line),
      () => response.end(),
    );
  };
  own.on("message", (channel, message) => afterwards(`message,${channel},${message}`));
  own.on("pmessage", (pattern, channel, message) => afterwards(`pmessage,${pattern},${channel},${message}`));
  await subscribed.catch(() => response.end());
}
