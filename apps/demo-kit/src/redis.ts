import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "redis";
import type { StoreClient } from "redis-keyspace";
import { createSessionStream, type SessionStream } from "redis-keyspace/live";
import { memoryDriver } from "redis-keyspace/memory";
import { type KeyReader, readMemory, readRedis } from "./keyspace.js";

/** How long a page waits for a Redis that does not answer. */
const COMMAND_TIMEOUT_MS = 1_500;

export interface Storage {
  /** What the adapters get. */
  readonly client: StoreClient;
  /** What tells pages that their session has ended; there is none in memory. */
  readonly stream?: SessionStream;
  /** What the Keyspace panel looks through. */
  readonly keys: KeyReader;
  /** Whether there is no Redis behind it. */
  readonly inMemory: boolean;
  close(): void;
}

export type RedisClient = Awaited<ReturnType<typeof connect>>;

/** The Redis at this address, or this process's memory. The connection is the app's: it connects, listens and closes. */
export async function openStorage(url: string | undefined): Promise<Storage> {
  if (url === undefined) {
    const driver = memoryDriver();
    return { client: driver, keys: readMemory(driver), inMemory: true, close() {} };
  }
  const client = await connect(url);
  const listening = client.duplicate({ RESP: 3, emitInvalidate: true });
  // What there is to say of an outage, the other one says.
  listening.on("error", () => {});
  const stream = createSessionStream(listening);
  await connected(listening);
  const close = (): void => {
    void stream.close().catch(() => {});
    for (const one of [client, listening]) one.destroy();
  };
  return { client, stream, keys: readRedis(client), inMemory: false, close };
}

/** Opens a connection that comes back by itself, and says on stderr when it is lost and when it is back. */
export async function connect(url: string) {
  const client = createClient({
    url,
    commandOptions: { timeout: COMMAND_TIMEOUT_MS },
    // While Redis is away a page says so at once, and nothing is carried out later behind the visitor's back.
    disableOfflineQueue: true,
    socket: { connectTimeout: COMMAND_TIMEOUT_MS, reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 500) },
  });

  let reachable = true;
  client.on("error", (error: Error) => {
    if (reachable) console.error(`Redis cannot be reached: ${error.message || error.name}`);
    reachable = false;
  });
  client.on("ready", () => {
    if (!reachable) console.error("Redis is back");
    reachable = true;
  });

  await connected(client);
  return client;
}

/** A Redis that is down at start is an outage like any other: the demo starts, and the client goes on trying. */
async function connected(client: { connect(): Promise<unknown> }): Promise<void> {
  await Promise.race([client.connect().catch(() => {}), delay(COMMAND_TIMEOUT_MS)]);
}
