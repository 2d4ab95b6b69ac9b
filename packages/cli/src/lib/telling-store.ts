import type { LayoutStore } from "redis-keyspace/adapter";
import { createSessionStream } from "redis-keyspace/live";
import type { Connection } from "./connection.js";
import { type LayoutFlags, openStore, type StreamFlags } from "./options.js";

/** Opens the sessions for a command that ends some: running processes with a stream are told, as by a process among them. */
export async function withTellingStore<Result>(
  connection: Connection,
  flags: LayoutFlags & StreamFlags,
  task: (store: LayoutStore) => Promise<Result>,
): Promise<Result> {
  const listener = await connection.duplicate();
  const stream = createSessionStream(listener.client, { channelPrefix: flags.channelPrefix });
  try {
    return await task(openStore(connection, flags, { stream }));
  } finally {
    await stream.close();
    await listener.close();
  }
}
