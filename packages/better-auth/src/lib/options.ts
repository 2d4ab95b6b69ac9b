import type { StoreClient } from "redis-keyspace";
import { type CommonOptions, checkBoolean, checkKnown, commonOptionNames, isId } from "redis-keyspace/adapter";

/** What every store takes, but for a cache: better-auth reads texts of all kinds by key, and sessions are among them. */
export interface RedisStorageOptions extends Omit<CommonOptions, "cache"> {
  /**
   * A node-redis, ioredis or @upstash/redis client, or `{ session, userSessions }` with one for each. Connecting and
   * closing it is the caller's.
   */
  readonly client: StoreClient;
  /**
   * What every key starts with. Default: `better-auth:`. From 1 to 128 characters, not the beginning of
   * `keyspace:better-auth:` and not beginning with it.
   */
  readonly keyPrefix?: string | undefined;
  /**
   * Whether the lists of sessions that `@better-auth/redis-storage` keeps are read and kept too, so that processes with it
   * can run beside this one. Default: true. Turn it off when the last of them has been gone for the life of a session.
   */
  readonly legacyIndex?: boolean | undefined;
}

const known: readonly string[] = [
  ...commonOptionNames.filter((name) => name !== "cache"),
  ...["client", "keyPrefix", "legacyIndex"],
];

/** Before every index, and before nothing that better-auth stores. */
const INDEX = "keyspace:better-auth:";

/** The prefix of the users' keys. What stands between the colons has none, so two stores cannot meet in one key. */
export function indexPrefix(keyPrefix: string): string {
  return `${INDEX}${keyPrefix.replaceAll("%", "%25").replaceAll(":", "%3A")}:`;
}

/** @throws {TypeError} naming the option that is wrong; what the core checks itself is left to it. */
export function checkOptions(options: RedisStorageOptions): void {
  checkKnown(options, known);
  const { keyPrefix, legacyIndex, hashIds, codec } = options;
  if (
    keyPrefix !== undefined &&
    (!isId(keyPrefix) || keyPrefix.length > 128 || keyPrefix.startsWith(INDEX) || INDEX.startsWith(keyPrefix))
  ) {
    throw new TypeError(
      `option "keyPrefix" must be a string of 1 to 128 characters, not the beginning of "${INDEX}" and not beginning with it`,
    );
  }
  if (legacyIndex !== undefined) checkBoolean("legacyIndex", legacyIndex);
  if (hashIds === true && codec === undefined) {
    throw new TypeError('option "hashIds" must come with "codec": what better-auth stores holds the token itself');
  }
}
