import { Redis } from "ioredis";
import { createClient } from "redis";
import { createSessionStream, type SessionStream, type StreamClient } from "redis-keyspace/live";
import { onTestFinished } from "vitest";

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

/** The streams of two processes until the test is over; the first one's connection goes to `url`. */
export async function openStreams(
  kind: string,
  { url, server, heartbeatMs }: { readonly url: string; readonly server: string; readonly heartbeatMs: number },
): Promise<{ readonly stream: SessionStream; readonly otherStream: SessionStream }> {
  const connect = streamClients[kind];
  if (connect === undefined) throw new Error(`no stream client is called ${kind}`);
  const [own, others] = await Promise.all([connect(url), connect(server)]);
  const stream = createSessionStream(own.client, { heartbeatMs });
  const otherStream = createSessionStream(others.client, { heartbeatMs });
  onTestFinished(async () => {
    await Promise.all([stream.close(), otherStream.close()]);
    own.close();
    others.close();
  });
  return { stream, otherStream };
}
