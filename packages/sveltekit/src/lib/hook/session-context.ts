import { createSessionStore, type SessionStore, type SessionStoreOptions, type StoreClient } from "redis-keyspace";
import { checkBoolean, checkNumber, checkSessionData, type Secrets } from "redis-keyspace/adapter";
import { type CookieOptions, cookieAttributes } from "../cookies/cookie-options.js";
import type { LegacyCookies } from "../cookies/legacy-cookies.js";
import { checkCookieName, SessionCookie } from "../cookies/session-cookie.js";

export interface SessionHookOptions<Data, Input = Data>
  extends Omit<SessionStoreOptions<Data, Input>, "migratingFrom"> {
  /** A node-redis, ioredis or `@upstash/redis` client, a driver, or `{ session, userSessions }`. Yours to connect. */
  readonly client: StoreClient;
  /** Random, at least 32 characters; of several the first signs and all verify. */
  readonly secret: Secrets;
  /** What a session's key starts with. Default: `sveltekit:session:`. */
  readonly sessionPrefix?: string | undefined;
  /** What the key of a user's index starts with. Default: `sveltekit:user-sessions:`. */
  readonly userSessionsPrefix?: string | undefined;
  /**
   * Default: `session`. With `__Host-` before it no subdomain can plant one; then it is Secure, which browsers take from
   * `http://localhost` too, but for Safari.
   */
  readonly cookieName?: string | undefined;
  /** Whether the cookie is encrypted with AES-256-GCM in place of signed. Default: false. */
  readonly encrypted?: boolean | undefined;
  /**
   * How the cookie is set, but for its age: it ends with the session. Defaults: path `/`, httpOnly, sameSite `lax`, and
   * `secure` as SvelteKit has it: true, but in development.
   */
  readonly cookieOptions?: Omit<CookieOptions, "maxAge" | "expires"> | undefined;
  /** Cookies of older forms that are accepted for a while. Default: none. */
  readonly legacyCookies?: LegacyCookies | undefined;
  /**
   * Whether keys hold the SHA-256 of a session id in place of the id. Then the handles of `list()` cannot sign in, and may
   * stand in a page. Default: true. Turning it on or off signs everybody out.
   */
  readonly hashIds?: boolean | undefined;
  /**
   * How long a session lives unused while nobody is signed in, in seconds. Default: `idleTimeoutSeconds`. From 1 to ten
   * years.
   */
  readonly anonymousIdleTimeoutSeconds?: number | undefined;
}

/** What the sessions of all requests have in common. */
export interface SessionContext<Data, Input> {
  readonly store: SessionStore<Data, Input>;
  readonly cookie: SessionCookie;
  readonly hashIds: boolean;
  /** `null`: no limit. */
  readonly absoluteTimeoutMs: number | null;
  /** Whether a user may have only so many sessions. */
  readonly limited: boolean;
  readonly anonymousIdleTimeoutSeconds: number | undefined;
  /** Throws what storing this data would. */
  check(data: unknown): Promise<void>;
}

const LONGEST_SECONDS = 10 * 365 * 24 * 3600;

/** @throws {TypeError} naming the option that is wrong. */
export function openContext<Data, Input>(options: SessionHookOptions<Data, Input>): SessionContext<Data, Input> {
  if (typeof options !== "object" || options === null) throw new TypeError("options must be an object or a function");
  const {
    client,
    secret,
    cookieName = "session",
    encrypted = false,
    cookieOptions = {},
    legacyCookies,
    anonymousIdleTimeoutSeconds,
    ...others
  } = options;
  const { hashIds = true, absoluteTimeoutSeconds, maxSessionsPerUser, schema } = others;
  const { sessionPrefix = "sveltekit:session:", userSessionsPrefix = "sveltekit:user-sessions:" } = others;
  if ("migratingFrom" in others) {
    throw new TypeError('option "migratingFrom" cannot be used: cookies are bound to the prefix of their sessions');
  }
  checkBoolean("encrypted", encrypted);
  checkBoolean("hashIds", hashIds);
  checkCookieName(cookieName);
  if (anonymousIdleTimeoutSeconds !== undefined) {
    checkNumber("anonymousIdleTimeoutSeconds", anonymousIdleTimeoutSeconds, 1, LONGEST_SECONDS);
  }
  const defaults = { httpOnly: true, sameSite: "lax" } as const;
  const attributes = cookieAttributes({ option: "cookieOptions", cookieName, given: cookieOptions, defaults });
  for (const name of ["maxAge", "expires"]) {
    if (Object.hasOwn(cookieOptions, name)) {
      throw new TypeError(`option "cookieOptions.${name}" must be left out: the cookie ends with the session`);
    }
  }
  return {
    cookie: new SessionCookie({
      ...{ cookieName, attributes, secret, signed: true, encrypted, legacyCookies },
      boundTo: sessionPrefix,
    }),
    store: createSessionStore<Data, Input>(client, { ...others, sessionPrefix, userSessionsPrefix, hashIds }),
    hashIds,
    absoluteTimeoutMs: absoluteTimeoutSeconds === undefined ? null : absoluteTimeoutSeconds * 1000,
    limited: maxSessionsPerUser !== undefined,
    anonymousIdleTimeoutSeconds,
    check: (data) => checkSessionData(data, schema),
  };
}
