import type { RecordStoreParts } from "../record-store-parts.js";

/**
 * Removes all of a user's records but `except`, where they were before and where they are now. Records only ever move from
 * there to here, so none is missed on its way. An index that both layouts have holds the entries of both: there one script
 * ends all.
 *
 * @returns How many there were.
 */
export async function deleteAll<Value>(
  former: RecordStoreParts<Value>,
  now: RecordStoreParts<Value>,
  userId: string,
  except: string | undefined,
): Promise<number> {
  if (!now.keyspace.isUserId(userId)) return 0;
  const kept = now.keyspace.isSessionId(except)
    ? await Promise.all([former.keyspace.storedId(except), now.keyspace.storedId(except)])
    : [];
  const isOneIndex = former.keyspace.indexPrefix === now.keyspace.indexPrefix;
  if (isOneIndex) return await (former.keyspace.hasLegacySets ? former : now).execution.deleteAll(userId, kept);
  const before = await former.execution.deleteAll(userId, kept);
  return before + (await now.execution.deleteAll(userId, kept));
}
