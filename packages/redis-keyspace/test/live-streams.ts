import { Redis } from "ioredis";
import { createClient } from "redis";
import type { StreamClient } from "redis-keyspace/live";

/** Clients of their own for a stream. */
export const streamClients: Readonly<Record<string, (url: string) => Promise<Connected>>> = {
  "tracking on node-redis": async (url) => nodeRedis(createClient({ url, RESP: 3, emitInvalidate: true })),
  "tracking on ioredis": async (url) => {
    const client = new Redis(url, { protocol: 2, autoResubscribe: false, lazyConnect: true });
    client.on("error", () => {});
    await client.connect();
    return { client, close: () => client.disconnect() };
  },
  "messages on node-redis": async (url) => nodeRedis(createClient({ url, RESP: 2 })),
};

interface Connected {
  readonly client: StreamClient;
  close(): void;
}

async function nodeRedis(
  client: StreamClient & {
    on(event: "error", listener: () => void): unknown;
    connect(): Promise<unknown>;
    destroy(): void;
  },
): Promise<Connected> {
  client.on("error", () => {});
  await client.connect();
  return { client, close: () => client.destroy() };
}

/** Waits for what comes soon. */
export const soon = { timeout: 10_000, interval: 2 };
