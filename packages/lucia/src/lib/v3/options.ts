import type { CommonOptions, StoreClient } from "redis-keyspace";
import {
  checkKnown,
  commonOptionNames,
  createRecordStore,
  formerLayout,
  type MigratingFrom,
  type RecordStore,
} from "redis-keyspace/adapter";
import { luciaV3Layout } from "../layout.js";
import { type LuciaRecord, luciaModel } from "./session-model.js";

export interface RedisAdapterOptions extends CommonOptions {
  /** What a session's key starts with. Default: `lucia:session:`. */
  readonly sessionPrefix?: string | undefined;
  /** What the key of a user's index starts with. Default: `lucia:user-sessions:`. */
  readonly userSessionsPrefix?: string | undefined;
  /**
   * How the adapter was set up before: other prefixes, `hashIds` or `codec` are turned on without signing anybody out. A
   * session that is not at its new key is looked for at its former one, and moves at its first use. Not with two clients,
   * a `stream` or a `cache`; on a Cluster all prefixes need one hash tag. Default: none, at no cost.
   */
  readonly migratingFrom?: MigratingFrom | undefined;
}

/** @throws {TypeError} naming the option that is wrong. */
export function openStore(client: StoreClient, options: RedisAdapterOptions): RecordStore<LuciaRecord> {
  checkKnown(options, [...commonOptionNames, "sessionPrefix", "userSessionsPrefix", "migratingFrom"]);
  const { migratingFrom, ...others } = options;
  const { sessionPrefix = "lucia:session:", userSessionsPrefix = "lucia:user-sessions:", ...common } = others;
  return createRecordStore(client, {
    ...{ ...common, record: luciaModel, sessionPrefix, userSessionsPrefix },
    migratingFrom: formerLayout(migratingFrom, luciaV3Layout, luciaModel),
  });
}
