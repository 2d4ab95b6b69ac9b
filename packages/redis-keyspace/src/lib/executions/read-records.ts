import type { Keyspace } from "../keyspace.js";
import type { Executor } from "../redis/executor.js";
import { chunks, type ListedValue } from "./execution.js";

/**
 * The records that are there, in pieces, for as many ids as a user may have: a client works through an answer in one
 * turn of the event loop.
 */
export async function readRecords(
  sessions: Executor,
  keyspace: Keyspace,
  storedIds: readonly string[],
): Promise<ListedValue[]> {
  const found: ListedValue[] = [];
  for (const some of chunks(storedIds)) {
    const values = await sessions.getMany(some.map((storedId) => keyspace.record(storedId)));
    for (const [i, storedId] of some.entries()) {
      const value = values[i];
      if (typeof value === "string") found.push([storedId, value]);
    }
  }
  return found;
}
