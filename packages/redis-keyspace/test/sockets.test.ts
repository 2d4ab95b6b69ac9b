// The examples of docs/live.md, as they stand there, with the real packages.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, get, type Server as HttpServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "redis";
import { createSessionStore, type SessionStoreOptions } from "redis-keyspace";
import { createSessionStream, type SessionStream } from "redis-keyspace/live";
import { Server } from "socket.io";
import { io } from "socket.io-client";
import { afterAll, describe, expect, test, vi } from "vitest";
import WebSocket, { WebSocketServer } from "ws";
import { sharedRedis } from "./targets.js";

const page = readFileSync(new URL("../../../docs/live.md", import.meta.url), "utf8");
const clients: { destroy(): void }[] = [];
const streams: SessionStream[] = [];
const servers: HttpServer[] = [];
const prefix = crypto.randomUUID();
const prefixes = { sessionPrefix: `${prefix}:s:`, userSessionsPrefix: `${prefix}:u:` };

const redis = createClient({ url: sharedRedis() });
await redis.connect();
/** Another process. */
const elsewhere = createSessionStore(redis, prefixes);

afterAll(async () => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  for (const stream of streams) await stream.close();
  for (const client of [...clients, redis]) client.destroy();
});

interface Running {
  readonly url: string;
  /** How many watches are held. */
  watching(): number;
}

/** Runs the example under this heading, on the tests' Redis and a free port. */
async function run(heading: string): Promise<Running> {
  const [, code = ""] = new RegExp(`^### ${heading}\\n+\`\`\`ts\\n([\\s\\S]*?)\`\`\``, "m").exec(page) ?? [];
  let watching = 0;
  const given = {
    createServer(listener?: RequestListener) {
      const server = createServer(listener);
      servers.push(server);
      vi.spyOn(server, "listen").mockImplementation(() => server);
      return server;
    },
    createClient() {
      const client = createClient({ url: sharedRedis() });
      const { duplicate } = client;
      clients.push(client);
      return Object.assign(client, {
        duplicate(...options: Parameters<typeof duplicate>) {
          const copy = duplicate.apply(client, options);
          clients.push(copy);
          return copy;
        },
      });
    },
    createSessionStore(client: never, options: SessionStoreOptions<unknown>) {
      const sessions = createSessionStore(client, { ...prefixes, ...options });
      const { watch } = sessions;
      return Object.assign(sessions, {
        watch(...args: Parameters<typeof watch>) {
          const off = watch.apply(sessions, args);
          watching++;
          return () => {
            watching--;
            off();
          };
        },
      });
    },
    createSessionStream(client: never) {
      const stream = createSessionStream(client);
      streams.push(stream);
      return stream;
    },
    ...{ WebSocketServer, Server },
  };
  const AsyncFunction = Object.getPrototypeOf(run).constructor as new (
    ...args: string[]
  ) => (...values: unknown[]) => Promise<void>;
  await new AsyncFunction(...Object.keys(given), code.replace(/^import .*$/gm, ""))(...Object.values(given));
  const server = servers.at(-1) as HttpServer;
  vi.restoreAllMocks();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `127.0.0.1:${(server.address() as AddressInfo).port}`, watching: () => watching };
}

/** Something open to a server. */
interface Open {
  /** Why the server has closed it. */
  readonly closed: Promise<string>;
  close(): void;
}

const kinds: Readonly<Record<string, (url: string, cookie: string) => Promise<Open>>> = {
  async ws(url, cookie) {
    const socket = new WebSocket(`ws://${url}`, { headers: { cookie } });
    const closed = new Promise<string>((resolve) => {
      socket.on("close", (code, reason) => resolve(`${code} ${reason}`));
    });
    await once(socket, "open");
    return { closed, close: () => socket.close() };
  },
  async "Socket.IO"(url, cookie) {
    const options = { extraHeaders: { cookie }, transports: ["websocket"], reconnection: false, forceNew: true };
    const socket = io(`http://${url}`, options);
    const closed = new Promise<string>((resolve) => socket.on("disconnect", resolve));
    await new Promise<void>((resolve, reject) => socket.on("connect", resolve).on("connect_error", reject));
    return { closed, close: () => void socket.disconnect() };
  },
  async "Server-sent events"(url, cookie) {
    const request = get(`http://${url}`, { headers: { cookie }, agent: false });
    request.on("error", () => {});
    const [response] = (await once(request, "response")) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`signed out: ${response.statusCode}`);
    let text = "";
    response.on("data", (some) => {
      text += some;
    });
    response.on("error", () => {});
    const closed = new Promise<string>((resolve) => response.on("close", () => resolve(text)));
    return { closed, close: () => request.destroy() };
  },
};

describe.each([
  ["ws", "4401 revoked"],
  ["Socket.IO", "io server disconnect"],
  ["Server-sent events", "event: ended\ndata: revoked\n\n"],
])("%s", (kind, saidWhy) => {
  test("a sign-out elsewhere closes it, and what closes by itself takes its watch along", async () => {
    const open = kinds[kind] as NonNullable<(typeof kinds)[string]>;
    const { url, watching } = await run(kind);
    const userId = crypto.randomUUID();
    const [one, other] = [await elsewhere.create({ userId, data: {} }), await elsewhere.create({ userId, data: {} })];
    const left = await open(url, `sid=${one.id}`);
    const held = await open(url, `sid=${other.id}`);
    await vi.waitFor(() => expect(watching()).toBe(2), { interval: 2 });
    left.close();
    await vi.waitFor(() => expect(watching()).toBe(1), { interval: 2 });
    await elsewhere.deleteAll(userId);
    expect(await held.closed).toBe(saidWhy);
    await vi.waitFor(() => expect(watching()).toBe(0), { interval: 2 });
    await expect(open(url, `sid=${other.id}`)).rejects.toThrow(/401|signed out/);
  });
});
