import type { SessionData } from "express-session";
import type { StoreClient } from "redis-keyspace";
import {
  type CommonOptions,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkKnown,
  checkNumber,
  commonOptionNames,
  isId,
  type MigratingFrom,
} from "redis-keyspace/adapter";

/** How a session is written as text. `JSON` is one. What `parse` throws on is no session. */
export interface Serializer {
  parse(text: string): SessionData;
  stringify(session: SessionData): string;
}

export interface RedisStoreOptions extends CommonOptions {
  /**
   * A node-redis, ioredis or @upstash/redis client, or `{ session, userSessions }` with one for each. Connecting and
   * closing it is the caller's.
   */
  readonly client: StoreClient;
  /**
   * What a session's key starts with; the id follows. Default: `sess:`. From 1 to 128 characters, not the beginning of
   * `keyspace:express:` and not beginning with it.
   */
  readonly prefix?: string | undefined;
  /**
   * How long a session whose cookie has no `expires` lasts without use, in seconds; or a function that says it for every
   * session, whatever its cookie says. Default: 86,400 (1 day). From 1 to 315,360,000 (ten years).
   */
  readonly ttl?: number | ((session: SessionData) => number) | undefined;
  /** Whether requests that change nothing leave the end of their session as it is. Default: false. */
  readonly disableTouch?: boolean | undefined;
  /** Whether sessions last ten years, whatever their cookies say. Default: false. */
  readonly disableTTL?: boolean | undefined;
  /** How sessions are written. Default: `JSON`. */
  readonly serializer?: Serializer | undefined;
  /** Has no effect: taken because `connect-redis` takes it. */
  readonly scanCount?: number | undefined;
  /**
   * Whose session this is: the user's id, of 1 to 512 characters, or nothing before somebody signs in. Must not throw, and
   * depend on nothing but the session. Without it `list`, `revoke`, `deleteAll`, `count` and
   * `watchUser` are refused.
   */
  readonly userIdFrom?: ((session: SessionData) => string | null | undefined) | undefined;
  /**
   * How long a session can last however often it is used, in seconds, counted from when it was stored first or changed its
   * user. Default: no limit. From 1 to 315,360,000 (ten years).
   */
  readonly absoluteTimeoutSeconds?: number | undefined;
  /**
   * How long a session of nobody lasts without use, in seconds, where that is shorter: one without a user, or without
   * `userIdFrom` one that holds nothing but its cookie. Default: as long as every other. From 1 to 315,360,000.
   */
  readonly anonymousTimeoutSeconds?: number | undefined;
  /**
   * How much of a session's lifetime may pass before a request that changes nothing extends it, in seconds. Default: a tenth
   * of the lifetime, at most 3600 (1 hour). From 0 (every request) to 86,400; never more than half the lifetime.
   */
  readonly touchAfterSeconds?: number | undefined;
  /**
   * How long requests that are under way can still read the session that `regenerate` replaced, in seconds. What they
   * write to it is lost. Default: 0. At most 300 (5 minutes).
   */
  readonly regenerateGraceSeconds?: number | undefined;
  /**
   * How the store was set up before: another `prefix`, `hashIds` or `codec` is turned on without signing anybody out. A
   * session that is not at its new key is looked for at its former one, and moves at its first use. Not with two clients,
   * a `stream` or a `cache`; on a Cluster all prefixes need one hash tag. Default: none, at no cost.
   */
  readonly migratingFrom?: MigratingFrom | undefined;
}

const known: readonly (keyof RedisStoreOptions)[] = [
  ...commonOptionNames,
  "client",
  "prefix",
  "ttl",
  "disableTouch",
  "disableTTL",
  "serializer",
  "scanCount",
  "userIdFrom",
  "absoluteTimeoutSeconds",
  "anonymousTimeoutSeconds",
  "touchAfterSeconds",
  "regenerateGraceSeconds",
  "migratingFrom",
];

/** Before every index, and before no session. */
const INDEX = "keyspace:express:";

/** The prefix of the users' keys. What stands between the colons has none, so two stores cannot meet in one key. */
export function indexPrefix(prefix: string): string {
  return `${INDEX}${prefix.replaceAll("%", "%25").replaceAll(":", "%3A")}:`;
}

/** In seconds. */
const TEN_YEARS = 315_360_000;

/** @throws {TypeError} naming the option that is wrong; what the core checks itself is left to it. */
export function checkOptions(options: RedisStoreOptions): void {
  checkKnown(options, known);
  const { prefix, ttl, serializer, scanCount, userIdFrom } = options;
  if (
    prefix != null &&
    (!isId(prefix) || prefix.length > 128 || prefix.startsWith(INDEX) || INDEX.startsWith(prefix))
  ) {
    throw new TypeError(
      `option "prefix" must be a string of 1 to 128 characters, not the beginning of "${INDEX}" and not beginning with it`,
    );
  }
  if (ttl !== undefined && typeof ttl !== "function") checkNumber("ttl", ttl, 1, TEN_YEARS);
  if (scanCount !== undefined) checkInteger("scanCount", scanCount, 1, Number.MAX_SAFE_INTEGER);
  if (serializer !== undefined) {
    checkFunction("serializer.parse", serializer?.parse);
    checkFunction("serializer.stringify", serializer?.stringify);
  }
  for (const name of ["disableTouch", "disableTTL"] as const) {
    const given = options[name];
    if (given !== undefined) checkBoolean(name, given);
  }
  if (userIdFrom !== undefined) checkFunction("userIdFrom", userIdFrom);
  if (options.maxSessionsPerUser !== undefined && userIdFrom === undefined) {
    throw new TypeError('option "maxSessionsPerUser" must come with "userIdFrom"');
  }
  checkSeconds(options);
}

function checkSeconds(options: RedisStoreOptions): void {
  const bounds = {
    absoluteTimeoutSeconds: [1, TEN_YEARS],
    anonymousTimeoutSeconds: [1, TEN_YEARS],
    touchAfterSeconds: [0, 86_400],
    regenerateGraceSeconds: [0, 300],
  } as const;
  for (const [name, [min, max]] of Object.entries(bounds)) {
    const given = options[name as keyof typeof bounds];
    if (given !== undefined) checkNumber(name, given, min, max);
  }
}
