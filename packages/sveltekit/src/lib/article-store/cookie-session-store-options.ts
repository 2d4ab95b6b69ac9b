import type { CommonOptions, StoreClient } from "redis-keyspace";
import { checkBoolean, checkFunction, checkNumber, commonOptionNames, type Secrets } from "redis-keyspace/adapter";
import { type CookieOptions, cookieAttributes } from "../cookies/cookie-options.js";
import type { LegacyCookies } from "../cookies/legacy-cookies.js";
import { checkCookieName, SessionCookie } from "../cookies/session-cookie.js";
import { SerializedData, type Serializer } from "./serialized-data.js";
import { openSessionRecords, type SessionRecords, type SessionRecordsOptions } from "./session-records.js";

/** What both session stores take, besides the names of their keys. */
export interface CookieSessionStoreOptions<Data> extends CommonOptions {
  /** A node-redis, ioredis or `@upstash/redis` client, a driver, or `{ session, userSessions }`. Yours to connect. */
  readonly redisClient: StoreClient;
  /** Random, at least 32 characters; of several the first signs and all verify. Needed in any case. */
  readonly secret: Secrets;
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

/** The options of both stores, for `checkKnown`. */
export const cookieSessionStoreOptionNames: readonly string[] = [
  ...commonOptionNames,
  ...["redisClient", "secret", "cookieName", "signed", "encrypted", "useTTL", "renewSessionBeforeExpire"],
  ...["renewBeforeSeconds", "serializer", "cookiesOptions", "legacyCookies", "userIdFrom"],
];

/** What the keys of a store start with, and what its own options are called that say so. */
export type KeyOptions = Pick<
  SessionRecordsOptions,
  "sessionPrefix" | "userSessionsPrefix" | "legacyIndexPrefix" | "optionNames"
>;

const DAY_SECONDS = 86_400;
const LONGEST_SECONDS = 10 * 365 * DAY_SECONDS;
const LONGEST_COOKIE_SECONDS = 400 * DAY_SECONDS;

/** What a session store works with. */
export interface CookieSessionStoreParts<Data> {
  readonly cookie: SessionCookie;
  readonly records: SessionRecords;
  readonly serialized: SerializedData<Data>;
  /** How much the record has left when it is time to renew it. `undefined`: never by itself. */
  readonly renewBeforeMs: number | undefined;
}

/** @throws {TypeError} naming the option that is wrong. */
export function openCookieSessionStore<Data>(
  options: CookieSessionStoreOptions<Data>,
  { optionNames, ...prefixes }: KeyOptions,
): CookieSessionStoreParts<Data> {
  const { redisClient, serializer = JSON, userIdFrom } = options;
  const { cookieSeconds, lifetimeMs, renewBeforeMs } = agesOf(options);
  checkFunction("serializer.stringify", serializer?.stringify);
  checkFunction("serializer.parse", serializer?.parse);
  if (userIdFrom !== undefined) checkFunction("userIdFrom", userIdFrom);
  const serialized = new SerializedData<Data>(serializer);
  return {
    cookie: openCookie(options, cookieSeconds, prefixes.sessionPrefix),
    records: openSessionRecords(redisClient, {
      ...commonOf(options),
      ...prefixes,
      optionNames: { client: "redisClient", ...optionNames },
      lifetimeMs,
      ownerOf: (text) => (userIdFrom === undefined ? null : serialized.ownerOf(text, userIdFrom)),
    }),
    serialized,
    renewBeforeMs,
  };
}

/** What is for the record store to check and use. */
function commonOf<Data>(options: CookieSessionStoreOptions<Data>): CommonOptions {
  const { redisClient, secret, cookieName, signed, encrypted, cookiesOptions, legacyCookies, ...others } = options;
  const { useTTL, renewSessionBeforeExpire, renewBeforeSeconds, serializer, userIdFrom, ...common } = others;
  return common;
}

function agesOf<Data>({
  useTTL = true,
  renewSessionBeforeExpire = false,
  renewBeforeSeconds = 1800,
  cookiesOptions,
}: CookieSessionStoreOptions<Data>) {
  checkBoolean("useTTL", useTTL);
  checkBoolean("renewSessionBeforeExpire", renewSessionBeforeExpire);
  checkNumber("renewBeforeSeconds", renewBeforeSeconds, 1, LONGEST_SECONDS);
  const maxAge = checkNumber("cookiesOptions.maxAge", cookiesOptions?.maxAge ?? DAY_SECONDS, 1, LONGEST_SECONDS);
  // A fraction of a second cannot stand in a cookie: SvelteKit 3 fails with it when the response is sent.
  const cookieSeconds = Math.floor(maxAge);
  const lifetimeSeconds = useTTL ? cookieSeconds : Math.max(cookieSeconds, LONGEST_COOKIE_SECONDS);
  // The cookie may end long before the record, and must be renewed before it does.
  const renewBefore = lifetimeSeconds - cookieSeconds + renewBeforeSeconds;
  return {
    cookieSeconds,
    lifetimeMs: lifetimeSeconds * 1000,
    renewBeforeMs: renewSessionBeforeExpire ? renewBefore * 1000 : undefined,
  };
}

function openCookie<Data>(
  {
    secret,
    cookieName = "session",
    signed = true,
    encrypted = false,
    cookiesOptions = {},
    legacyCookies,
  }: CookieSessionStoreOptions<Data>,
  maxAge: number,
  sessionPrefix: string | undefined,
): SessionCookie {
  checkBoolean("signed", signed);
  checkBoolean("encrypted", encrypted);
  checkCookieName(cookieName);
  const defaults = { httpOnly: true, sameSite: "strict" } as const;
  const given = cookieAttributes({ option: "cookiesOptions", cookieName, given: cookiesOptions, defaults });
  const attributes = { ...given, maxAge };
  // A signed one is the replaced package's, and is good on both sides of a rolling deploy.
  const boundTo = encrypted ? sessionPrefix : undefined;
  return new SessionCookie({ cookieName, attributes, secret, signed, encrypted, boundTo, legacyCookies });
}
