import { checkKnown, checkString } from "./options.js";
import { SessionStore } from "./session-store.js";
import { type SessionStoreSettings, settingNames } from "./session-store-options.js";

export interface RedisSessionStoreOptions<Data> extends SessionStoreSettings<Data> {
  /** What a session's key starts with. Default: `sk-session:`. */
  readonly prefix?: string | undefined;
  /** What the key of a user's index starts with. Default: `sk-user-sessions:`. */
  readonly userSessionsPrefix?: string | undefined;
}

/**
 * Sessions by cookie, with the options and methods of `RedisSessionStore` of `@ethercorps/sveltekit-redis-session` 0.x, and
 * its keys. For those of 1.x see `@redis-keyspace/sveltekit/v1`.
 *
 * @example
 * export const sessionManager = new RedisSessionStore({ redisClient: new Redis(REDIS_URL), secret: SECRET });
 */
export class RedisSessionStore<Data = Record<string, unknown>> extends SessionStore<Data> {
  /** @throws {TypeError} naming the option that is wrong. */
  constructor(options: RedisSessionStoreOptions<Data>) {
    checkKnown(options, [...settingNames, "prefix", "userSessionsPrefix"]);
    const { prefix = "sk-session:", userSessionsPrefix = "sk-user-sessions:" } = options;
    checkString("prefix", prefix);
    checkString("userSessionsPrefix", userSessionsPrefix);
    super(options, { sessionPrefix: prefix, userSessionsPrefix }, { sessionPrefix: "prefix" });
  }
}
