import { connect, type StoreClient } from "../executions/choose.js";
import { noLimit, openRecords } from "../open-records.js";
import { optionNamer, type RecordStoreOptions } from "../store-options.js";
import { checkMove } from "./former-layout.js";
import { RecordAdopter } from "./record-adopter.js";
import { RecordMover } from "./record-mover.js";

/** Where records are and how they are written. */
export type MigratedLayout<Value> = Omit<RecordStoreOptions<Value>, "migratingFrom" | "observe" | "stream" | "cache">;

/**
 * Takes over, record by record, what a legacy package wrote under the keys of this layout: for tools.
 *
 * @throws {TypeError} naming the option that is wrong.
 */
export function createRecordAdopter<Value>(client: StoreClient, layout: MigratedLayout<Value>): RecordAdopter<Value> {
  const named = optionNamer(layout.optionNames);
  const connection = connect(client, { commandTimeoutMs: layout.commandTimeoutMs, named });
  return new RecordAdopter({ ...connection, ...openRecords(connection, layout, { limit: noLimit, named }) });
}

export interface MoveOptions<From, To> {
  readonly from: MigratedLayout<From>;
  readonly to: MigratedLayout<To>;
  /** Makes a record of the other model. Its end is set afterwards where it has none. Default: both models are one. */
  readonly convert?: ((record: From) => To) | undefined;
}

/**
 * Moves records from one layout to another, beside stores with `migratingFrom`: for tools.
 *
 * @throws {TypeError} naming the option that is wrong.
 */
export function createRecordMover<From, To = From>(
  client: StoreClient,
  { from, to, convert }: MoveOptions<From, To>,
): RecordMover<From, To> {
  const named = optionNamer(to.optionNames);
  const connection = connect(client, { commandTimeoutMs: to.commandTimeoutMs, named });
  const { sessions: executor, users } = connection;
  checkMove(from, { to, driver: executor.driver, hasTwoClients: executor !== users, named });
  const options = { limit: noLimit, named };
  return new RecordMover({
    executor,
    from: openRecords(connection, from, options),
    to: openRecords(connection, to, options),
    convert: convert ?? ((record) => record as unknown as To),
    isSameModel: convert === undefined,
  });
}
