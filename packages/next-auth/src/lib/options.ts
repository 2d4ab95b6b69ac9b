import type { CacheOptions, CommonOptions, RedisClient, StoreClient, ValueCodec } from "redis-keyspace";
import {
  checkKnown,
  checkString,
  commonOptionNames,
  createRecordStore,
  type RecordStore,
} from "redis-keyspace/adapter";
import { createIdentityStore, type IdentityStore } from "redis-keyspace/identity";
import { sessionModel } from "./session-model.js";
import type { RedisSession } from "./types.js";

/** The prefixes of `@auth/upstash-redis-adapter`, with its defaults, and what every store takes. */
export interface RedisAdapterOptions extends Omit<CommonOptions, "codec" | "topology"> {
  /**
   * Encrypts sessions: `seal(secrets)` of `redis-keyspace/sealing`. Their user and their end stay readable. Default: none.
   * Change `sessionKeyPrefix` when you turn it on or off: what was stored before can't be read, and signs nobody in.
   */
  readonly codec?: ValueCodec | undefined;
  /**
   * Encrypts in accounts what providers gave: `access_token`, `refresh_token`, `id_token` and all else but what names the
   * account and says what the tokens are for. Accounts that were stored without it are still read. Default: none.
   */
  readonly accountCodec?: ValueCodec | undefined;
  /**
   * Keeps sessions that were read lately, with their users, in this process, so that `getSessionAndUser` asks Redis only now
   * and then. What is revoked or changed elsewhere may live on for a moment, `maxAgeMs` at most. Default: none.
   */
  readonly cache?: CacheOptions | undefined;
  /** What every key starts with. On a Cluster it needs a hash tag: `{app}:`. Default: nothing. */
  readonly baseKeyPrefix?: string | undefined;
  /** What the key of an account starts with. Default: `user:account:`. */
  readonly accountKeyPrefix?: string | undefined;
  /** What the key of the pointer to a user's last account starts with. Default: `user:account:by-user-id:`. */
  readonly accountByUserIdPrefix?: string | undefined;
  /** What the key of an e-mail address starts with. Default: `user:email:`. */
  readonly emailKeyPrefix?: string | undefined;
  /** What the key of a session starts with. Default: `user:session:`. */
  readonly sessionKeyPrefix?: string | undefined;
  /** What the key of the pointer to a user's last session starts with. Default: `user:session:by-user-id:`. */
  readonly sessionByUserIdKeyPrefix?: string | undefined;
  /** What the key of a user starts with. Default: `user:`. */
  readonly userKeyPrefix?: string | undefined;
  /** What the key of a verification token starts with. Default: `user:token:`. */
  readonly verificationTokenKeyPrefix?: string | undefined;
}

export type AuthStore = IdentityStore<"accounts" | "authenticators", RedisSession>;

/** What the store's options are called here. */
const optionNames = {
  basePrefix: "baseKeyPrefix",
  userPrefix: "userKeyPrefix",
  emailPrefix: "emailKeyPrefix",
  tokenPrefix: "verificationTokenKeyPrefix",
  "links.accounts.prefix": "accountKeyPrefix",
  "links.accounts.pointerPrefix": "accountByUserIdPrefix",
  "links.accounts.codec": "accountCodec",
  "links.authenticators.prefix": "authenticatorPrefix",
  "sessions.prefix": "sessionKeyPrefix",
  "sessions.pointerPrefix": "sessionByUserIdKeyPrefix",
  "sessions.maxSessionsPerUser": "maxSessionsPerUser",
  "sessions.whenFull": "whenFull",
  "sessions.hashIds": "hashIds",
  "sessions.codec": "codec",
  "sessions.stream": "stream",
  "sessions.cache": "cache",
};

/** What stays readable of an account under a codec: its names, and what Auth.js says of its tokens without giving them. */
const readableOfAccount = ["id", "type", "expires_at", "token_type", "scope"];

/** The prefixes that begin with another one in the replaced package's layout. */
const nested = {
  userPrefix: [
    ...["emailPrefix", "tokenPrefix", "sessions.prefix", "sessions.pointerPrefix"],
    ...["links.accounts.prefix", "links.accounts.pointerPrefix"],
  ],
  "links.accounts.prefix": ["links.accounts.pointerPrefix"],
  "sessions.prefix": ["sessions.pointerPrefix"],
};

/**
 * What is ours alone stands outside the tree of the replaced package.
 *
 * @throws {TypeError} naming the option that is wrong.
 */
export function openStore(client: RedisClient, options: RedisAdapterOptions): AuthStore {
  checkKnown(options, [
    ...Object.values(optionNames).filter((name) => name !== optionNames["links.authenticators.prefix"]),
    ...commonOptionNames.filter((name) => name !== "topology"),
  ]);
  const { baseKeyPrefix, observe, stream, cache, commandTimeoutMs, maxSessionsPerUser, whenFull, hashIds } = options;
  const { codec, accountCodec } = options;
  const {
    accountKeyPrefix = "user:account:",
    accountByUserIdPrefix = "user:account:by-user-id:",
    emailKeyPrefix = "user:email:",
    sessionKeyPrefix = "user:session:",
    sessionByUserIdKeyPrefix = "user:session:by-user-id:",
    userKeyPrefix = "user:",
    verificationTokenKeyPrefix = "user:token:",
  } = options;
  return createIdentityStore(client, {
    ...{ optionNames, nested, observe, commandTimeoutMs },
    basePrefix: baseKeyPrefix,
    userPrefix: userKeyPrefix,
    emailPrefix: emailKeyPrefix,
    tokenPrefix: verificationTokenKeyPrefix,
    tokenIndexPrefix: `index:${verificationTokenKeyPrefix}`,
    sessions: {
      ...{ record: sessionModel, maxSessionsPerUser, whenFull, hashIds, codec, stream, cache },
      prefix: sessionKeyPrefix,
      indexPrefix: `index:${sessionKeyPrefix}`,
      pointerPrefix: sessionByUserIdKeyPrefix,
    },
    links: {
      accounts: {
        prefix: accountKeyPrefix,
        indexPrefix: `index:${accountKeyPrefix}`,
        pointerPrefix: accountByUserIdPrefix,
        key: ["provider", "providerAccountId"],
        codec: accountCodec,
        readable: readableOfAccount,
      },
      authenticators: { prefix: "authenticator:", indexPrefix: "index:authenticator:", key: ["credentialID"] },
    },
  });
}

/** Where users are in another adapter. */
export interface RedisSessionsOptions extends CommonOptions {
  /** What every key starts with. Default: nothing. */
  readonly baseKeyPrefix?: string | undefined;
  /** What the key of a session starts with; that of a user's index has `index:` in front. Default: `user:session:`. */
  readonly sessionKeyPrefix?: string | undefined;
}

/** @throws {TypeError} naming the option that is wrong. */
export function openSessions(client: StoreClient, options: RedisSessionsOptions): RecordStore<RedisSession> {
  checkKnown(options, [...commonOptionNames, "baseKeyPrefix", "sessionKeyPrefix"]);
  const { baseKeyPrefix = "", sessionKeyPrefix = "user:session:", ...common } = options;
  checkString("baseKeyPrefix", baseKeyPrefix);
  checkString("sessionKeyPrefix", sessionKeyPrefix);
  return createRecordStore(client, {
    ...common,
    record: sessionModel,
    sessionPrefix: baseKeyPrefix + sessionKeyPrefix,
    userSessionsPrefix: `${baseKeyPrefix}index:${sessionKeyPrefix}`,
    optionNames: { sessionPrefix: "sessionKeyPrefix", userSessionsPrefix: "sessionKeyPrefix" },
  });
}
