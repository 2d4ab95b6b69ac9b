import type { CacheModel } from "../live/cache-model.js";
import { parseObject } from "../records/codec.js";
import type { Json } from "./json.js";
import type { StoredUserSessions } from "./user-sessions.js";

/** A session and the JSON of its user. */
export interface WithUser<Value> {
  readonly session: Value;
  readonly user: Json;
}

/** The same as they stand in Redis. */
export interface StoredWithUser {
  readonly record: string;
  readonly user: string;
}

/** Sessions together with their users. */
export function cachedWithUser<Value>(records: StoredUserSessions<Value>): CacheModel<StoredWithUser, WithUser<Value>> {
  return {
    isSealing: records.isSealing,
    sizeOf: ({ record, user }) => record.length + user.length,
    decode({ record, user }, storedId) {
      // What is not sealed is read at once.
      const session = records.decode(record, storedId) as Value;
      return { session, user: parseObject(user) as Json };
    },
    ownerOf: ({ session }) => records.model.userId(session),
    deadlineOf: ({ session }) => records.deadlineOf(session),
    isLinked: () => false,
  };
}
