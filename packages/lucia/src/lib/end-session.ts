import { isHashedId, type RecordStore } from "redis-keyspace/adapter";

/** Ends a session by its id or by its handle: with `hashIds` the ids of the sessions that Lucia lists are handles. */
export async function endSession<Value>(store: RecordStore<Value>, idOrHandle: string): Promise<void> {
  await (isHashedId(idOrHandle) ? store.deleteByHandle(idOrHandle) : store.delete(idOrHandle));
}
