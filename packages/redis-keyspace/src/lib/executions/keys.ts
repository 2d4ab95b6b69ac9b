import type { Keyspace } from "../keyspace.js";

/** The keys of a user's index. */
export interface IndexKeys {
  readonly index: string;
  readonly legacySet: string | undefined;
}

/** The keys that scripts for one record take. */
export interface RecordKeys {
  readonly record: string;
  readonly index: string | undefined;
  readonly legacySet: string | undefined;
}

export function indexKeys(keyspace: Keyspace, userId: string): IndexKeys {
  return { index: keyspace.index(userId), legacySet: keyspace.legacySet(userId) };
}

/** @param userId The owner; `null`: nobody, or not known. */
export function recordKeys(keyspace: Keyspace, storedId: string, userId: string | null): RecordKeys {
  const record = keyspace.record(storedId);
  return userId === null
    ? { record, index: undefined, legacySet: undefined }
    : { record, index: keyspace.index(userId), legacySet: keyspace.legacySet(userId) };
}
