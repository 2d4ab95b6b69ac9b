import type { CommonOptions, RedisClient } from "redis-keyspace";
import { checkKnown, commonOptionNames } from "redis-keyspace/adapter";
import { createIdentityStore, type IdentityStore } from "redis-keyspace/identity";
import { sessionModel } from "./session-model.js";
import type { RedisSession } from "./types.js";

/** The prefixes of `@auth/upstash-redis-adapter`, with its defaults, and what every store takes. */
export interface RedisAdapterOptions extends Omit<CommonOptions, "codec" | "topology"> {
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
  "links.authenticators.prefix": "authenticatorPrefix",
  "sessions.prefix": "sessionKeyPrefix",
  "sessions.pointerPrefix": "sessionByUserIdKeyPrefix",
  "sessions.maxSessionsPerUser": "maxSessionsPerUser",
  "sessions.whenFull": "whenFull",
  "sessions.hashIds": "hashIds",
};

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
    ...commonOptionNames.filter((name) => name !== "codec" && name !== "topology"),
  ]);
  const { baseKeyPrefix, observe, commandTimeoutMs, maxSessionsPerUser, whenFull, hashIds } = options;
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
      ...{ record: sessionModel, maxSessionsPerUser, whenFull, hashIds },
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
      },
      authenticators: { prefix: "authenticator:", indexPrefix: "index:authenticator:", key: ["credentialID"] },
    },
  });
}
