import { createSessionStore, type SessionStore, type SessionStoreOptions, type StoreClient } from "redis-keyspace";
import { cookieSealing, type LegacyCookies } from "./cookie-sealing.js";
import { type CookieOptions, type Cookies, cookieSettings } from "./cookies.js";
import { checkBooleans } from "./options.js";
import { RequestSession, type Surroundings } from "./request-session.js";
import type { Secret } from "./secrets.js";

export interface SessionHandleOptions<Data> extends SessionStoreOptions<Data> {
  /** A node-redis, ioredis or `@upstash/redis` client, a driver, or `{ session, userSessions }`. Yours to connect. */
  readonly client: StoreClient;
  /** Random, at least 32 characters; of several the first signs and all verify. */
  readonly secret: Secret;
  /** Default: `session`. */
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
   * Whether keys hold the SHA-256 of a session id in place of the id. Then the handles of `devices()` cannot sign in, and
   * may stand in a page. Default: true. Turning it on or off signs everybody out.
   */
  readonly hashIds?: boolean | undefined;
}

/** The part of SvelteKit's `RequestEvent` that is used. */
export interface SessionEvent {
  readonly cookies: Cookies & { getAll(): readonly unknown[] };
  readonly locals: object;
}

/** SvelteKit's `Handle`. */
export interface SessionHandle<Data> {
  <Event extends SessionEvent, Answer>(input: {
    event: Event;
    resolve: (event: Event) => Answer | Promise<Answer>;
  }): Promise<Answer>;
  /** The sessions themselves, for what has no visitor: ending a user's sessions after a change of password, say. */
  readonly store: SessionStore<Data>;
}

/**
 * A `handle` hook that fills `event.locals.session`: see `LocalsSession`. Visitors without a cookie cost no call of Redis
 * and get no cookie; others cost one read, and a renewal when a tenth of `idleTimeoutSeconds` is used up.
 *
 * @param options The options, or a function that answers them, which is called once, when a session is first needed: so
 *   that building and prerendering need no Redis and no secret.
 * @throws {TypeError} naming the option that is wrong: at once, or with a function when it is called.
 *
 * @example
 * export const handle = createSessionHandle(() => ({ client: new Redis(env.REDIS_URL), secret: env.SESSION_SECRET }));
 */
export function createSessionHandle<Data = unknown>(
  options: SessionHandleOptions<Data> | (() => SessionHandleOptions<Data>),
): SessionHandle<Data> {
  // Asked for once even if they are refused: whoever answers them may have opened a connection.
  let given = typeof options === "function" ? undefined : options;
  let opened: Surroundings<Data> | undefined = typeof options === "function" ? undefined : open(options);
  const surroundings = (): Surroundings<Data> => {
    if (typeof options === "function") given ??= options();
    opened ??= open(given as SessionHandleOptions<Data>);
    return opened;
  };

  const handle = async <Event extends SessionEvent, Answer>({
    event,
    resolve,
  }: {
    event: Event;
    resolve: (event: Event) => Answer | Promise<Answer>;
  }): Promise<Answer> => {
    const session = new RequestSession(event.cookies, surroundings);
    (event.locals as { session?: unknown }).session = session;
    // Nothing is opened for a visitor without any cookie: that is everybody while building and prerendering.
    if (opened !== undefined || event.cookies.getAll().length > 0) {
      const cookie = event.cookies.get(surroundings().cookie.name);
      if (cookie !== undefined && cookie !== "") await session.load(cookie);
    }
    try {
      return await resolve(event);
    } finally {
      session.close();
    }
  };
  return Object.defineProperty(handle, "store", { get: () => surroundings().store }) as SessionHandle<Data>;
}

function open<Data>(options: SessionHandleOptions<Data>): Surroundings<Data> {
  if (typeof options !== "object" || options === null) throw new TypeError("options must be an object or a function");
  const {
    client,
    secret,
    cookieName = "session",
    encrypted = false,
    cookieOptions = {},
    legacyCookies,
    ...others
  } = options;
  const { hashIds = true, absoluteTimeoutSeconds, maxSessionsPerUser } = others;
  checkBooleans({ encrypted, hashIds });
  for (const name of ["maxAge", "expires"]) {
    if (Object.hasOwn(cookieOptions, name)) {
      throw new TypeError(`option "cookieOptions.${name}" must be left out: the cookie ends with the session`);
    }
  }
  return {
    cookie: cookieSettings(cookieName, "cookieOptions", cookieOptions, { path: "/", httpOnly: true, sameSite: "lax" }),
    sealing: cookieSealing({ secret, signed: true, encrypted, legacyCookies }),
    store: createSessionStore<Data>(client, { ...others, hashIds }),
    hashIds,
    absoluteTimeoutMs: absoluteTimeoutSeconds === undefined ? null : absoluteTimeoutSeconds * 1000,
    limited: maxSessionsPerUser !== undefined,
  };
}
