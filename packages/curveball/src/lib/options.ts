import type { StoreClient } from "redis-keyspace";
import {
  type CommonOptions,
  checkFunction,
  checkKnown,
  checkNumber,
  commonOptionNames,
  isId,
  type MigratingFrom,
} from "redis-keyspace/adapter";
import type { ClientOptions } from "./own-client.js";

export interface RedisStoreOptions<Values extends object = Record<string, unknown>> extends CommonOptions {
  /**
   * What a session's key starts with; a hyphen and the id follow. Default: `session`. At most 128 characters, not
   * `curveball:user` and not beginning with `curveball:user-sessions:`.
   */
  readonly prefix?: string | undefined;
  /**
   * A node-redis, ioredis or @upstash/redis client, or `{ session, userSessions }` with one for each. Connecting and
   * closing it is the caller's. Default: a client of the store's own.
   */
  readonly client?: StoreClient | undefined;
  /** For the store's own client. Default: Redis at 127.0.0.1:6379. */
  readonly clientOptions?: ClientOptions | undefined;
  /** Is told of every connection error of the store's own client. What it throws is ignored. Default: nobody. */
  readonly onError?: ((error: Error) => unknown) | undefined;
  /**
   * Whose session this is: the user's id, of 1 to 512 characters, or nothing before somebody signs in. Must not throw, and
   * depend on nothing but the values. Without it `list`, `revoke`, `deleteAll`, `count` and
   * `watchUser` are refused.
   */
  readonly userIdFrom?: ((values: Values) => string | null | undefined) | undefined;
  /**
   * How long a session can last however often it is used, in seconds, counted from when it was stored first or changed its
   * user. Default: no limit. From 1 to 315,360,000 (ten years).
   */
  readonly absoluteTimeoutSeconds?: number | undefined;
  /**
   * How much of a session's lifetime may pass before a request that changes nothing extends it, in seconds. Default: a tenth
   * of the lifetime, at most 3600 (1 hour). From 0 (every request) to 86,400; never more than half the lifetime.
   */
  readonly touchAfterSeconds?: number | undefined;
  /**
   * How the store was set up before: another `prefix`, `hashIds` or `codec` is turned on without signing anybody out. A
   * session that is not at its new key is looked for at its former one, and moves at its first use. Its `sessionPrefix` is
   * with the hyphen, and without the client's own `keyPrefix`: `session-`. Not with two clients, a `stream` or a `cache`; on
   * a Cluster all prefixes need one hash tag. Default: none, at no cost.
   */
  readonly migratingFrom?: MigratingFrom | undefined;
}

const known: readonly (keyof RedisStoreOptions)[] = [
  ...commonOptionNames,
  "prefix",
  "client",
  "clientOptions",
  "onError",
  "userIdFrom",
  "absoluteTimeoutSeconds",
  "touchAfterSeconds",
  "migratingFrom",
];

/** Before every index, and before no session: no prefix begins so, and none is `curveball:user`. */
const INDEX = "curveball:user-sessions:";

/** The prefix of the users' keys. What stands between the colons has none, so two stores cannot meet in one key. */
export function indexPrefix(prefix: string): string {
  return `${INDEX}${prefix.replaceAll("%", "%25").replaceAll(":", "%3A")}:`;
}

/** @throws {TypeError} naming the option that is wrong; what the core checks itself is left to it. */
export function checkOptions<Values extends object>(options: RedisStoreOptions<Values>): void {
  checkKnown(options, known);
  const { prefix = "", client, clientOptions, onError, userIdFrom } = options;
  if (
    prefix !== "" &&
    (!isId(prefix) || prefix.length > 128 || prefix.startsWith(INDEX) || INDEX.startsWith(`${prefix}-`))
  ) {
    throw new TypeError(
      `option "prefix" must be a string of at most 128 characters, not "curveball:user" and not beginning with "${INDEX}"`,
    );
  }
  if (clientOptions !== undefined && (typeof clientOptions !== "object" || clientOptions === null)) {
    throw new TypeError('option "clientOptions" must be an object');
  }
  for (const [name, given] of Object.entries({ onError, userIdFrom })) {
    if (given !== undefined) checkFunction(name, given);
  }
  for (const [name, given] of Object.entries({ clientOptions, onError })) {
    if (client !== undefined && given !== undefined) {
      throw new TypeError(`option "${name}" must be left out with a client: it is for the store's own`);
    }
  }
  if (options.maxSessionsPerUser !== undefined && userIdFrom === undefined) {
    throw new TypeError('option "maxSessionsPerUser" must come with "userIdFrom"');
  }
  const { absoluteTimeoutSeconds, touchAfterSeconds } = options;
  if (absoluteTimeoutSeconds !== undefined) {
    checkNumber("absoluteTimeoutSeconds", absoluteTimeoutSeconds, 1, 315_360_000);
  }
  if (touchAfterSeconds !== undefined) checkNumber("touchAfterSeconds", touchAfterSeconds, 0, 86_400);
}
