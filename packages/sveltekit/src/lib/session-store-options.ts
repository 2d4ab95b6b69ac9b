import { type CommonOptions, commonOptionNames, type RecordStoreOptions, type StoreClient } from "redis-keyspace";
import type { LegacyCookies } from "./cookie-sealing.js";
import type { CookieAttributes, CookieOptions } from "./cookies.js";
import { checkBooleans, checkFunction, checkSeconds } from "./options.js";
import type { Secret } from "./secrets.js";
import { type Serializer, type StoredSession, storedSessionModel } from "./stored-session.js";

/** What every session store takes, besides the names of its keys. */
export interface SessionStoreSettings<Data> extends CommonOptions {
  /** A node-redis, ioredis or `@upstash/redis` client, a driver, or `{ session, userSessions }`. Yours to connect. */
  readonly redisClient: StoreClient;
  /** Random, at least 32 characters; of several the first signs and all verify. Needed in any case. */
  readonly secret: Secret;
  /** Default: `session`. */
  readonly cookieName?: string | undefined;
  /** Whether the cookie is `<id>.<HMAC-SHA-256>`, and not the bare id. Default: true. */
  readonly signed?: boolean | undefined;
  /** Whether the cookie is encrypted with AES-256-GCM, which also authenticates it. Default: false. */
  readonly encrypted?: boolean | undefined;
  /**
   * Whether the record ends with the cookie, after `cookiesOptions.maxAge`. If not it ends after 400 days, the longest that
   * browsers keep a cookie. Default: true.
   */
  readonly useTTL?: boolean | undefined;
  /** Whether `getSession` renews a session whose cookie has less than `renewBeforeSeconds` left. Default: false. */
  readonly renewSessionBeforeExpire?: boolean | undefined;
  /** In seconds. Default: 1800 (30 minutes). From a second to ten years. */
  readonly renewBeforeSeconds?: number | undefined;
  /** Default: `JSON`. */
  readonly serializer?: Serializer | undefined;
  /**
   * How the cookie is set. Defaults: path `/`, httpOnly, sameSite `strict`, maxAge 86400 (one day, in seconds; it is also
   * how long the session lives), and `secure` as SvelteKit has it: true, but in development.
   */
  readonly cookiesOptions?: CookieOptions | undefined;
  /** Cookies of older versions that are accepted for a while. Default: none. */
  readonly legacyCookies?: LegacyCookies | undefined;
  /**
   * Whose a session is that was created without a user id or by the replaced package: a look at its data. Sessions are
   * listed under what it says. Must answer the same for the same data. Default: nobody's.
   */
  readonly userIdFrom?: ((data: Data) => string | null | undefined) | undefined;
}

/** What the keys of a store start with, and the sets of the replaced package beside them. */
export type KeyNames = Pick<
  RecordStoreOptions<StoredSession>,
  "sessionPrefix" | "userSessionsPrefix" | "peerIndexPrefix"
>;

export const settingNames: readonly string[] = [
  ...commonOptionNames,
  ...["redisClient", "secret", "cookieName", "signed", "encrypted", "useTTL", "renewSessionBeforeExpire"],
  ...["renewBeforeSeconds", "serializer", "cookiesOptions", "legacyCookies", "userIdFrom"],
];

const DAY_SECONDS = 86_400;
const LONGEST_COOKIE_SECONDS = 400 * DAY_SECONDS;

const cookieDefaults: Partial<CookieAttributes> = {
  path: "/",
  httpOnly: true,
  sameSite: "strict",
  maxAge: DAY_SECONDS,
};

/** The options with their defaults, checked. */
export interface Settings {
  readonly cookieName: string;
  readonly cookieDefaults: Partial<CookieAttributes>;
  readonly cookiesOptions: CookieOptions;
  readonly signed: boolean;
  readonly encrypted: boolean;
  readonly lifetimeMs: number;
  /** How much the record has left when it is time. `undefined`: never renew by itself. */
  readonly renewBeforeMs: number | undefined;
  readonly serializer: Serializer;
  readonly recordStore: RecordStoreOptions<StoredSession>;
}

/** @throws {TypeError} naming the option that is wrong. */
export function settingsOf<Data>(options: SessionStoreSettings<Data>, names: KeyNames): Settings {
  const {
    cookieName = "session",
    signed = true,
    encrypted = false,
    useTTL = true,
    renewSessionBeforeExpire = false,
    renewBeforeSeconds = 1800,
    serializer = JSON,
    cookiesOptions = {},
    userIdFrom,
  } = options;
  checkBooleans({ signed, encrypted, useTTL, renewSessionBeforeExpire });
  checkSeconds("renewBeforeSeconds", renewBeforeSeconds);
  const maxAge = cookiesOptions?.maxAge ?? DAY_SECONDS;
  checkSeconds("cookiesOptions.maxAge", maxAge);
  checkFunction("serializer.stringify", serializer?.stringify);
  checkFunction("serializer.parse", serializer?.parse);
  if (userIdFrom !== undefined) checkFunction("userIdFrom", userIdFrom);

  const common = Object.fromEntries(
    Object.entries(options).filter(([name]) => (commonOptionNames as readonly string[]).includes(name)),
  ) as CommonOptions;
  const ownerOf = (text: string): string | null => {
    if (userIdFrom === undefined) return null;
    try {
      return userIdFrom(serializer.parse(text) as Data) || null;
    } catch {
      return null;
    }
  };
  // A fraction of a second cannot stand in a cookie: SvelteKit 3 fails with it when the response is sent.
  const wholeAge = Math.floor(maxAge);
  const lifetimeSeconds = useTTL ? wholeAge : Math.max(wholeAge, LONGEST_COOKIE_SECONDS);
  // The cookie may end long before the record, and must be renewed before it does.
  const renewBefore = lifetimeSeconds - wholeAge + renewBeforeSeconds;
  return {
    cookieName,
    cookieDefaults,
    cookiesOptions: cookiesOptions && { ...cookiesOptions, maxAge: wholeAge },
    signed,
    encrypted,
    lifetimeMs: lifetimeSeconds * 1000,
    renewBeforeMs: renewSessionBeforeExpire ? renewBefore * 1000 : undefined,
    serializer,
    recordStore: { ...common, ...names, record: storedSessionModel(ownerOf) },
  };
}
