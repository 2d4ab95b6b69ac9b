import { type Connection, connect, type StoreClient } from "./executions/choose.js";
import { cachedRecords } from "./live/cached-records.js";
import { checkMove } from "./migration/former-layout.js";
import { MovingStore } from "./migration/moving-store.js";
import { RecordMover } from "./migration/record-mover.js";
import { WaitingStore } from "./migration/waiting-store.js";
import { observed, observer, type Topology } from "./observe.js";
import { noLimit, openRecords } from "./open-records.js";
import { checkKnown } from "./options.js";
import { RecordStore } from "./record-store.js";
import {
  checkCommonOptions,
  type FormerLayout,
  optionNamer,
  type RecordStoreOptions,
  recordOptionNames,
} from "./store-options.js";

/**
 * @param client A node-redis, ioredis or `@upstash/redis` client, a driver, or `{ session, userSessions }` with one for
 *   each model.
 * @throws {TypeError} naming the option that is wrong.
 */
export function createRecordStore<Value>(client: StoreClient, options: RecordStoreOptions<Value>): RecordStore<Value> {
  checkKnown(options, recordOptionNames);
  const { observe, commandTimeoutMs, migratingFrom } = options;
  const named = optionNamer(options.optionNames);
  checkCommonOptions(options, named);
  const { operation, incident } = observer(observe);
  const connection = connect(client, { commandTimeoutMs, incident, named });
  const { store, topology } =
    migratingFrom === undefined
      ? openOne(client, connection, options)
      : openMigrating(connection, options, migratingFrom);
  if (operation === undefined) return store;
  const { name } = connection.sessions.driver;
  return observed(store, operation, { keyKind: "session", driver: name, topology });
}

interface Opened<Value> {
  readonly store: RecordStore<Value>;
  topology(): Topology;
}

function openOne<Value>(
  client: StoreClient,
  connection: Connection,
  options: RecordStoreOptions<Value>,
): Opened<Value> {
  const { maxSessionsPerUser = 0, whenFull = "evict-oldest", stream, cache } = options;
  const named = optionNamer(options.optionNames);
  const opened = openRecords(connection, options, { limit: { max: maxSessionsPerUser, whenFull }, named });
  const { execution } = opened;
  const live = (stream ?? cache?.stream)?.open({
    ...{ ...opened, client, sessions: connection.sessions, incident: connection.sessions.incident, named },
    ...{ cache, cached: cachedRecords(opened.records) },
    evicts: maxSessionsPerUser > 0 && whenFull === "evict-oldest",
  });
  const words = live?.execution ?? execution;
  const store = new RecordStore({
    ...{ ...opened, execution: words, connection, maxSessionsPerUser },
    ...{ live, cache: live?.cache },
  });
  return { store, topology: () => execution.topology };
}

/** A store of two layouts. */
function openMigrating<Value>(
  connection: Connection,
  options: RecordStoreOptions<Value>,
  former: FormerLayout<Value>,
): Opened<Value> {
  const { sessions: executor, users } = connection;
  const named = optionNamer(options.optionNames);
  checkMove(former, { to: options, driver: executor.driver, hasTwoClients: executor !== users, named });
  const { moves = true } = former;
  const { maxSessionsPerUser = 0, whenFull = "evict-oldest", accepts, topology } = options;
  const limit = { max: maxSessionsPerUser, whenFull };
  // Only where sessions are created is there a limit.
  const limits = moves ? { before: noLimit, now: limit } : { before: limit, now: noLimit };
  const from = openRecords(connection, { ...former, accepts, topology }, { limit: limits.before, named });
  const to = openRecords(connection, options, { limit: limits.now, named });
  const mover = new RecordMover({ executor, from, to, convert: (record: Value) => record, isSameModel: true });
  const before = { ...from, connection, maxSessionsPerUser: limits.before.max };
  const now = { ...to, connection, maxSessionsPerUser: limits.now.max };
  const store = moves ? new MovingStore(now, before, mover) : new WaitingStore(before, now, mover);
  return { store, topology: () => to.execution.topology };
}
