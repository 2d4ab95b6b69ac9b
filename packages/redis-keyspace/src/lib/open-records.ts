import { type Connection, checkStorePrefixes, chooseExecution } from "./executions/choose.js";
import type { Execution, SessionLimit } from "./executions/execution.js";
import type { Keyspace, Prefixes } from "./keyspace.js";
import type { ValueCodec } from "./records/codec.js";
import type { RecordModel } from "./records/record-model.js";
import { StoredRecords } from "./records/stored-records.js";
import type { CommonOptions } from "./store-options.js";

/** How records are kept. */
export interface RecordsLayout<Value> extends Prefixes, Pick<CommonOptions, "hashIds" | "topology"> {
  readonly record: RecordModel<Value>;
  readonly codec?: ValueCodec | undefined;
  readonly accepts?: ((record: Value) => boolean | Promise<boolean>) | undefined;
}

export interface OpenOptions {
  readonly limit: SessionLimit;
  readonly named: (option: string) => string;
}

export const noLimit: SessionLimit = { max: 0, whenFull: "evict-oldest" };

/** The means to use records on a connection. */
export interface OpenRecords<Value> {
  readonly records: StoredRecords<Value>;
  readonly keyspace: Keyspace;
  readonly execution: Execution;
}

/** @throws {TypeError} naming the option that is wrong. */
export function openRecords<Value>(
  connection: Connection,
  layout: RecordsLayout<Value>,
  { limit, named }: OpenOptions,
): OpenRecords<Value> {
  const { record, codec, accepts, hashIds = false, topology = "auto" } = layout;
  const { sessionPrefix, userSessionsPrefix, legacyIndexPrefix } = layout;
  const prefixes = { sessionPrefix, userSessionsPrefix, legacyIndexPrefix };
  checkStorePrefixes(connection, prefixes, named);
  const { incident } = connection.sessions;
  const records = new StoredRecords(record, { codec, accepts, hashIds, incident });
  const { keyspace, execution } = chooseExecution(connection, {
    ...{ prefixes, hashIds, limit, topology, named },
    hasHeader: records.hasHeader,
    userIdField: records.userIdField,
    readFacts: (value, storedId) => records.factsOf(value, storedId),
    isSession: (value, storedId, userId) =>
      records.isSessionOf(userId, value, storedId, legacyIndexPrefix !== undefined),
    isPlain: codec === undefined && accepts === undefined,
    reseal: records.reseal,
  });
  return { records, keyspace, execution };
}
