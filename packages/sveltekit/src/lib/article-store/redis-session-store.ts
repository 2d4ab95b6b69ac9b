import { checkKnown, checkString } from "redis-keyspace/adapter";
import { CookieSessionStore } from "./cookie-session-store.js";
import { type CookieSessionStoreOptions, cookieSessionStoreOptionNames } from "./cookie-session-store-options.js";

export interface RedisSessionStoreOptions<Data> extends CookieSessionStoreOptions<Data> {
  /** What a session's key starts with. Default: `sk-session:`. */
  readonly prefix?: string | undefined;
  /** What the key of a user's index starts with. Default: `sk-user-sessions:`. */
  readonly userSessionsPrefix?: string | undefined;
}

/**
 * Sessions by cookie, with the options and methods of `RedisSessionStore` of `@ethercorps/sveltekit-redis-session` 0.x, and
 * its keys. What 1.x exports under this name is `LegacySessionStore` here, in `@redis-keyspace/sveltekit/v1`.
 *
 * @example
 * export const sessionManager = new RedisSessionStore({ redisClient: new Redis(REDIS_URL), secret: SECRET });
 */
export class RedisSessionStore<Data = Record<string, unknown>> extends CookieSessionStore<Data> {
  /** @throws {TypeError} naming the option that is wrong. */
  constructor(options: RedisSessionStoreOptions<Data>) {
    checkKnown(options, [...cookieSessionStoreOptionNames, "prefix", "userSessionsPrefix"]);
    const { prefix = "sk-session:", userSessionsPrefix = "sk-user-sessions:", ...others } = options;
    checkString("prefix", prefix);
    checkString("userSessionsPrefix", userSessionsPrefix);
    super(others, { sessionPrefix: prefix, userSessionsPrefix, optionNames: { sessionPrefix: "prefix" } });
  }
}
