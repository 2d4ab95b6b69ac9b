import type { Connection } from "./executions/choose.js";
import type { Execution } from "./executions/execution.js";
import type { Keyspace } from "./keyspace.js";
import type { NearCache } from "./live/near-cache.js";
import type { Watching } from "./live/record-watches.js";
import type { StoredRecords } from "./records/stored-records.js";

/** What a record store is made of. */
export interface RecordStoreParts<Value> {
  readonly records: StoredRecords<Value>;
  readonly keyspace: Keyspace;
  readonly execution: Execution;
  readonly connection: Connection;
  /** How many sessions a user may have. 0: no limit. */
  readonly maxSessionsPerUser: number;
  /** What a stream does for it, if it has one. */
  readonly live?: Watching | undefined;
  /** Of its records, if it has one. */
  readonly cache?: NearCache<string, Value> | undefined;
}
