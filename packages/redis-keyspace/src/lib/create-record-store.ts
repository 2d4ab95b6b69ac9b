import { checkStorePrefixes, chooseExecution, connect, type StoreClient } from "./executions/choose.js";
import { cachedRecords } from "./live/cached-records.js";
import { observed, observer } from "./observe.js";
import { checkKnown } from "./options.js";
import { RecordStore } from "./record-store.js";
import { StoredRecords } from "./records/stored-records.js";
import { checkCommonOptions, optionNamer, type RecordStoreOptions, recordOptionNames } from "./store-options.js";

/**
 * @param client A node-redis, ioredis or `@upstash/redis` client, a driver, or `{ session, userSessions }` with one for
 *   each model.
 * @throws {TypeError} naming the option that is wrong.
 */
export function createRecordStore<Value>(client: StoreClient, options: RecordStoreOptions<Value>): RecordStore<Value> {
  checkKnown(options, recordOptionNames);
  const { record, codec, observe, maxSessionsPerUser = 0, whenFull = "evict-oldest", hashIds = false } = options;
  const { sessionPrefix, userSessionsPrefix, legacyIndexPrefix, commandTimeoutMs, topology = "auto" } = options;
  const named = optionNamer(options.optionNames);
  checkCommonOptions(options, named);
  const { operation, incident } = observer(observe);
  const connection = connect(client, { commandTimeoutMs, incident, named });
  const prefixes = { sessionPrefix, userSessionsPrefix, legacyIndexPrefix };
  checkStorePrefixes(connection, prefixes, named);
  const records = new StoredRecords(record, { codec, accepts: options.accepts, hashIds, incident });
  const { keyspace, execution } = chooseExecution(connection, {
    prefixes,
    hashIds,
    limit: { max: maxSessionsPerUser, whenFull },
    hasHeader: records.hasHeader,
    userIdField: records.userIdField,
    readFacts: (value, storedId) => records.factsOf(value, storedId),
    isSession: (value, storedId, userId) =>
      records.isSessionOf(userId, value, storedId, legacyIndexPrefix !== undefined),
    isPlain: codec === undefined && options.accepts === undefined,
    reseal: records.reseal,
    topology,
    named,
  });
  const live = (options.stream ?? options.cache?.stream)?.open({
    ...{ client, records, keyspace, execution, sessions: connection.sessions, incident, named },
    ...{ cache: options.cache, cached: cachedRecords(records) },
    ...{ evicts: maxSessionsPerUser > 0 && whenFull === "evict-oldest" },
  });
  const store = new RecordStore({
    ...{ records, keyspace, execution: live?.execution ?? execution, connection, maxSessionsPerUser },
    ...{ live, cache: live?.cache },
  });
  if (operation === undefined) return store;
  const { name } = connection.sessions.driver;
  return observed(store, operation, { keyKind: "session", driver: name, topology: () => execution.topology });
}
