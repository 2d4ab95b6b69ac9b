import type { Keyspace } from "../keyspace.js";
import type { Executor } from "../redis/executor.js";
import type { ListedValue } from "./execution.js";

/** How many records one answer holds. A client works through an answer in one turn of the event loop. */
const PIECE = 1000;

/** The records that are there, in pieces, for as many ids as a user may have. */
export async function readRecords(
  sessions: Executor,
  keyspace: Keyspace,
  storedIds: readonly string[],
): Promise<ListedValue[]> {
  const found: ListedValue[] = [];
  for (let from = 0; from < storedIds.length; from += PIECE) {
    const some = storedIds.slice(from, from + PIECE);
    const values = await sessions.getMany(some.map((storedId) => keyspace.record(storedId)));
    for (const [i, storedId] of some.entries()) {
      const value = values[i];
      if (typeof value === "string") found.push([storedId, value]);
    }
  }
  return found;
}
