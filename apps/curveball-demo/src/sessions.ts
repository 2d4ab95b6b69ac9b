import type { Context, Middleware } from "@curveball/kernel";
import session from "@curveball/session";
import { RedisStore } from "@redis-keyspace/curveball";
import { type Browser, byRecency, type Device, isDue, MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import type { Prefixes } from "@redis-keyspace/demo-kit/keyspace";
import { parse, serialize } from "cookie";
import type { SessionStream, SessionWatcher, StoreClient } from "redis-keyspace";
import { instrument } from "redis-keyspace/opentelemetry";

/** What `ctx.session` holds once somebody has signed in. Instants are epoch milliseconds: they are stored as JSON. */
interface SignedIn extends Browser {
  userId: string;
  signedInAt: number;
  lastSeenAt: number;
}

/** Before that it holds a CSRF token at most. */
type SessionValues = Partial<SignedIn>;

function isSignedIn(values: SessionValues): values is SignedIn {
  return values.userId !== undefined;
}

/** A request that carries the live session of a user. */
export interface Visit {
  readonly userId: string;
  /** The secret of the cookie: never for a page or a log. */
  readonly sessionId: string;
  /** `ctx.session`: what is changed here is stored with the answer. */
  readonly values: SignedIn;
}

/** Every method rejects with a `KeyspaceError` when Redis cannot tell: that is never "signed out". */
export interface Sessions {
  /** Curveball's: reads `ctx.session` before the request is answered, and stores it afterwards. */
  readonly middleware: Middleware;
  /** Signs a user in, under a new session id. */
  start(ctx: Context, userId: string, browser: Browser): void;
  /** Whose session this is; `null` if nobody is signed in. */
  visit(ctx: Context): Visit | null;
  /** Whose session this is, for a request that should not extend it: read past the middleware. */
  peek(ctx: Context): Promise<string | null>;
  /** Tells when the session of the cookie ends, wherever that is done; at once if it is not there. Needs a stream. */
  watch(ctx: Context, watcher: SessionWatcher): () => void;
  /** Whether the cookie names a session that is not there any more. */
  hasEnded(ctx: Context): boolean;
  /** Notes that the device was seen: one write a minute at most. */
  seen(visit: Visit): void;
  count(userId: string): Promise<number>;
  /** This device first, then the most recently seen. */
  list(visit: Visit): Promise<Device[]>;
  /** Signs out one of the visitor's devices; `false` if it is no longer signed in. */
  revoke(visit: Visit, handle: string): Promise<boolean>;
  /** Signs out this device. */
  end(ctx: Context): void;
  /** Signs out all devices but this one and returns how many there were. */
  endOthers(visit: Visit): Promise<number>;
  endAll(visit: Visit): Promise<void>;
  /** Where the Keyspace panel finds what the store keeps. */
  readonly prefixes: Prefixes;
}

const COOKIE = "CB";
const LIFETIME_SECONDS = 14 * 24 * 60 * 60;

// The demo is served over plain HTTP. In production add `secure: true`.
const cookieOptions = { path: "/", httpOnly: true, sameSite: "lax", maxAge: LIFETIME_SECONDS } as const;

/** Sessions with Curveball: `@curveball/session` keeps them in a `RedisStore`. */
export function openSessions(client: StoreClient, stream?: SessionStream): Sessions {
  const store = new RedisStore<SessionValues>({
    client,
    stream,
    userIdFrom: ({ userId }) => userId,
    maxSessionsPerUser: MAX_DEVICES,
    // Redis holds SHA-256 of the ids, so a handle from a list cannot sign in.
    hashIds: true,
    observe: instrument(),
  });

  const cookieOf = (ctx: Context): string => parse(ctx.request.headers.get("Cookie") ?? "")[COOKIE] ?? "";

  /** Ends the session of this request: values that are empty are deleted by the middleware, once there is an answer. */
  const end = (ctx: Context): void => {
    ctx.session = {};
    // The middleware sends no cookie where there is no session, so the browser would go on sending the old one.
    ctx.response.headers.set("Set-Cookie", serialize(COOKIE, "", { ...cookieOptions, maxAge: 0 }));
  };

  return {
    middleware: session({ store, cookieName: COOKIE, expiry: LIFETIME_SECONDS, cookieOptions }),

    start(ctx, userId, browser) {
      const now = Date.now();
      // Without an id the middleware deletes the session from before the sign-in and makes a new id. Whoever knows the old
      // one has nothing. New values, so that the CSRF token is new as well.
      ctx.sessionId = null;
      ctx.session = { userId, ...browser, signedInAt: now, lastSeenAt: now } satisfies SignedIn;
    },

    visit({ session, sessionId }) {
      const values = session as SessionValues;
      return sessionId === null || !isSignedIn(values) ? null : { userId: values.userId, sessionId, values };
    },

    peek: async (ctx) => (await store.get(cookieOf(ctx)))?.userId ?? null,

    watch: (ctx, watcher) => store.watch(cookieOf(ctx), watcher),

    hasEnded: (ctx) => ctx.sessionId === null && cookieOf(ctx) !== "",

    seen({ values }) {
      if (isDue(new Date(values.lastSeenAt))) values.lastSeenAt = Date.now();
    },

    count: (userId) => store.count(userId),

    async list({ userId, sessionId, values: own }) {
      const found = await store.list(userId, { current: sessionId });
      return found
        .flatMap(({ handle, session, current }) => {
          // What this request has changed is not in Redis yet.
          const values = current ? own : session;
          if (!isSignedIn(values)) return [];
          const { userAgent, address, signedInAt, lastSeenAt } = values;
          return {
            handle,
            current,
            userAgent,
            address,
            signedInAt: new Date(signedInAt),
            lastSeenAt: new Date(lastSeenAt),
            // Whoever is seen lives a full lifetime from then on.
            endsAt: new Date(lastSeenAt + LIFETIME_SECONDS * 1000),
          };
        })
        .sort(byRecency);
    },

    revoke: ({ userId }, handle) => store.revoke(userId, handle),
    end,
    endOthers: ({ userId, sessionId }) => store.deleteAll(userId, { except: sessionId }),
    endAll: async ({ userId }) => {
      await store.deleteAll(userId);
    },
    prefixes: { session: "session-", userSessions: "curveball:user-sessions:session:" },
  };
}
