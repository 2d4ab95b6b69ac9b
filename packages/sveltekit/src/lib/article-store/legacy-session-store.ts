import { checkBoolean, checkKnown, checkString } from "redis-keyspace/adapter";
import { CookieSessionStore } from "./cookie-session-store.js";
import { type CookieSessionStoreOptions, cookieSessionStoreOptionNames } from "./cookie-session-store-options.js";

export interface LegacySessionStoreOptions<Data> extends CookieSessionStoreOptions<Data> {
  /** What a session's key starts with; a colon follows. Default: `sk_ioredis_session`, with every client. */
  readonly sessionPrefix?: string | undefined;
  /**
   * What the keys of a user's sessions start with; a colon follows. Default: `sk_ioredis_user_sessions`, which gives
   * `index:sk_ioredis_user_sessions:<user id>` and, with `legacyIndex`, `sk_ioredis_user_sessions:<user id>`.
   */
  readonly userSessionsPrefix?: string | undefined;
  /**
   * Whether the sets of session ids that the replaced package keeps are read and kept up to date, so that its sessions
   * are listed and revoked with ours, and old and new processes can run side by side. Default: true.
   */
  readonly legacyIndex?: boolean | undefined;
}

/**
 * Sessions by cookie, with the options, methods, keys and cookies of `@ethercorps/sveltekit-redis-session` 1.x: moving is
 * a change of the import. Its three classes differed by client; here one takes any, and their names are names of this one:
 * `IoRedisSessionStore`, `RedisSessionStore` (in `/v1` only: in `.` it is the class of 0.x) and `upstashSessionStore`.
 */
export class LegacySessionStore<Data = Record<string, unknown>> extends CookieSessionStore<Data> {
  /** @throws {TypeError} naming the option that is wrong. */
  constructor(options: LegacySessionStoreOptions<Data>) {
    if (typeof options === "object" && options !== null && "prefix" in options) {
      // Its documentation has it, its code passes over it: taken at its word it would sign everybody out.
      throw new TypeError(
        'option "prefix" had no effect in the replaced package: leave it out, or use "sessionPrefix"',
      );
    }
    checkKnown(options, [...cookieSessionStoreOptionNames, "sessionPrefix", "userSessionsPrefix", "legacyIndex"]);
    const {
      sessionPrefix = "sk_ioredis_session",
      userSessionsPrefix = "sk_ioredis_user_sessions",
      legacyIndex = true,
      ...others
    } = options;
    checkString("sessionPrefix", sessionPrefix);
    checkString("userSessionsPrefix", userSessionsPrefix);
    checkBoolean("legacyIndex", legacyIndex);
    super(others, {
      sessionPrefix: `${sessionPrefix}:`,
      userSessionsPrefix: `index:${userSessionsPrefix}:`,
      legacyIndexPrefix: legacyIndex ? `${userSessionsPrefix}:` : undefined,
      optionNames: { legacyIndexPrefix: "userSessionsPrefix" },
    });
  }
}
