import type { CommonOptions, StoreClient } from "redis-keyspace";
import { checkKnown, commonOptionNames, createRecordStore, type RecordStore } from "redis-keyspace/adapter";
import { type LuciaRecord, luciaModel } from "./session-model.js";

export interface RedisAdapterOptions extends CommonOptions {
  /** What a session's key starts with. Default: `lucia:session:`. */
  readonly sessionPrefix?: string | undefined;
  /** What the key of a user's index starts with. Default: `lucia:user-sessions:`. */
  readonly userSessionsPrefix?: string | undefined;
}

/** @throws {TypeError} naming the option that is wrong. */
export function openStore(client: StoreClient, options: RedisAdapterOptions): RecordStore<LuciaRecord> {
  checkKnown(options, [...commonOptionNames, "sessionPrefix", "userSessionsPrefix"]);
  const { sessionPrefix = "lucia:session:", userSessionsPrefix = "lucia:user-sessions:", ...common } = options;
  return createRecordStore(client, { ...common, record: luciaModel, sessionPrefix, userSessionsPrefix });
}
