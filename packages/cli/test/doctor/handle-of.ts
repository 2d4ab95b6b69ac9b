import type { Session } from "redis-keyspace";
import { toHashedId } from "redis-keyspace/adapter";

/** What the key of a session holds, as the core keeps it by default. */
export async function handleOf({ id }: Session<unknown>): Promise<string> {
  return await toHashedId(id);
}
