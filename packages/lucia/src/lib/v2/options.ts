import type { CommonOptions, StoreClient } from "redis-keyspace";
import {
  checkBoolean,
  checkKnown,
  checkString,
  commonOptionNames,
  createRecordStore,
  formerLayout,
  type MigratingFrom,
  type RecordStore,
} from "redis-keyspace/adapter";
import { luciaLayout } from "../layout.js";
import type { LuciaSession } from "./lucia-types.js";
import { sessionModel } from "./session-model.js";

/** What the keys start with. A colon follows, as in `@lucia-auth/adapter-session-redis`. */
export interface RedisPrefixes {
  /** Of a session's key. Default: `session`, which gives `session:<id>`. */
  readonly session?: string | undefined;
  /**
   * Of the keys of a user's sessions. Default: `user_sessions`, which gives `index:user_sessions:<user id>` and, with
   * `legacyIndex`, `user_sessions:<user id>`.
   */
  readonly userSessions?: string | undefined;
}

export interface RedisOptions extends CommonOptions {
  /**
   * Whether the sets of session ids that `@lucia-auth/adapter-session-redis` keeps are read and kept up to date, so that
   * its sessions are listed and revoked with ours, and old and new processes can run side by side. Default: true.
   */
  readonly legacyIndex?: boolean | undefined;
  /**
   * How the adapter was set up before: other prefixes, `hashIds` or `codec` are turned on without signing anybody out. A
   * session that is not at its new key is looked for at its former one, and moves at its first use. Its prefixes are
   * with the colon, and without the client's own `keyPrefix`: `session:`, `user_sessions:`. Not with two clients, a `stream`
   * or a `cache`; on a Cluster all prefixes need one hash tag. Default: none, at no cost.
   */
  readonly migratingFrom?: MigratingFrom | undefined;
}

export interface RedisLuciaOptions extends RedisOptions {
  readonly prefixes?: RedisPrefixes | undefined;
}

const optionNames = [...commonOptionNames, "legacyIndex", "migratingFrom"];

/** @throws {TypeError} naming the option that is wrong. */
export function openStore(client: StoreClient, options: RedisLuciaOptions): RecordStore<LuciaSession> {
  checkKnown(options, [...optionNames, "prefixes"]);
  const { prefixes = {}, ...others } = options;
  return openStoreWith(client, prefixes, others);
}

/** The same for prefixes that are a parameter of their own. */
export function openStoreWith(
  client: StoreClient,
  prefixes: RedisPrefixes,
  options: RedisOptions,
): RecordStore<LuciaSession> {
  checkKnown(prefixes, ["session", "userSessions"], "prefixes");
  checkKnown(options, optionNames);
  const { session = "session", userSessions = "user_sessions" } = prefixes;
  const { legacyIndex = true, migratingFrom, ...common } = options;
  checkString("prefixes.session", session);
  checkString("prefixes.userSessions", userSessions);
  checkBoolean("legacyIndex", legacyIndex);
  const former = formerLayout(migratingFrom, luciaLayout, sessionModel(migratingFrom?.hashIds === true));
  return createRecordStore(client, {
    ...common,
    migratingFrom: former && (legacyIndex ? former : { ...former, legacyIndexPrefix: undefined }),
    record: sessionModel(common.hashIds === true),
    sessionPrefix: `${session}:`,
    userSessionsPrefix: `index:${userSessions}:`,
    legacyIndexPrefix: legacyIndex ? `${userSessions}:` : undefined,
    optionNames: {
      sessionPrefix: "prefixes.session",
      userSessionsPrefix: "prefixes.userSessions",
      legacyIndexPrefix: "prefixes.userSessions",
    },
  });
}
