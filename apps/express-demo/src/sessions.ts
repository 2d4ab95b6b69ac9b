import { type Browser, byRecency, type Device, isDue, MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import type { Prefixes } from "@redis-keyspace/demo-kit/keyspace";
import { RedisStore } from "@redis-keyspace/express-session";
import { parse } from "cookie";
import type { Request, RequestHandler, Response } from "express";
import session from "express-session";
import type { SessionStream, SessionWatcher, StoreClient } from "redis-keyspace";
import { instrument } from "redis-keyspace/opentelemetry";

/** Instants are epoch milliseconds: they are stored as JSON. */
interface SignedIn extends Browser {
  userId: string;
  signedInAt: number;
  lastSeenAt: number;
}

declare module "express-session" {
  interface SessionData {
    /** There once somebody has signed in. Before that a session holds a CSRF token at most. */
    signedIn?: SignedIn;
  }
}

/** A request that carries the live session of a user. */
export interface Visit {
  readonly userId: string;
  /** The secret of the cookie: never for a page or a log. */
  readonly sessionId: string;
}

/** Every method rejects with a `KeyspaceError` when Redis cannot tell: that is never "signed out". */
export interface Sessions {
  /** express-session: reads `req.session` before the request is answered. */
  readonly middleware: RequestHandler;
  /** Signs a user in, under a new session id. */
  start(req: Request, userId: string, browser: Browser): Promise<void>;
  /** Whose session this is; `null` if nobody is signed in. */
  visit(req: Request): Visit | null;
  /** Whether the cookie names a session that is not there any more. */
  hasEnded(req: Request): boolean;
  /** Notes that the device was seen: one write a minute at most. */
  seen(req: Request): Promise<void>;
  /** Stores what this request has changed: before the answer, which would not wait for it. */
  save(req: Request): Promise<void>;
  count(userId: string): Promise<number>;
  /** This device first, then the most recently seen. */
  list(visit: Visit): Promise<Device[]>;
  /** Signs out one of the visitor's devices; `false` if it is no longer signed in. */
  revoke(visit: Visit, handle: string): Promise<boolean>;
  /** Tells when this session ends, wherever that is done. Needs a stream. */
  watch(visit: Visit, watcher: SessionWatcher): () => void;
  /** Signs out this device. */
  end(req: Request, res: Response): Promise<void>;
  /** Signs out all devices but this one and returns how many there were. */
  endOthers(visit: Visit): Promise<number>;
  endAll(visit: Visit): Promise<void>;
  /** Where the Keyspace panel finds what the store keeps. */
  readonly prefixes: Prefixes;
}

const COOKIE = "connect.sid";
const LIFETIME_MS = 14 * 24 * 60 * 60 * 1000;
const ANONYMOUS_LIFETIME_MS = 60 * 60 * 1000;

// The demo is served over plain HTTP. In production add `secure: true`.
const cookieOptions = { path: "/", httpOnly: true, sameSite: "lax" } as const;

/** Sessions with `express-session`, kept in a `RedisStore`. */
export function openSessions(client: StoreClient, secret: string, stream?: SessionStream): Sessions {
  const store = new RedisStore({
    client,
    stream,
    userIdFrom: ({ signedIn }) => signedIn?.userId,
    maxSessionsPerUser: MAX_DEVICES,
    // Redis holds SHA-256 of the ids, so a handle from a list cannot sign in.
    hashIds: true,
    // Only what is written moves the end of a session: being seen is, once a minute, and the panel's requests are not.
    disableTouch: true,
    observe: instrument(),
  });

  const save = (req: Request): Promise<void> => done((callback) => req.session.save(callback));

  return {
    middleware: session({
      store,
      secret,
      name: COOKIE,
      resave: false,
      saveUninitialized: false,
      // Until somebody signs in: whoever looks at a form and goes away leaves no key behind for long.
      cookie: { ...cookieOptions, maxAge: ANONYMOUS_LIFETIME_MS },
    }),

    async start(req, userId, browser) {
      // A new id: whoever knows the one from before the sign-in has nothing. A new object, so the CSRF token is new too.
      await done((callback) => req.session.regenerate(callback));
      const now = Date.now();
      req.session.signedIn = { userId, ...browser, signedInAt: now, lastSeenAt: now };
      req.session.cookie.maxAge = LIFETIME_MS;
      await save(req);
    },

    visit({ session: { signedIn }, sessionID }) {
      return signedIn === undefined ? null : { userId: signedIn.userId, sessionId: sessionID };
    },

    hasEnded(req) {
      const value = parse(req.headers.cookie ?? "")[COOKIE];
      return value !== undefined && !value.startsWith(`s:${req.sessionID}.`);
    },

    async seen(req) {
      const { signedIn } = req.session;
      if (signedIn === undefined || !isDue(new Date(signedIn.lastSeenAt))) return;
      signedIn.lastSeenAt = Date.now();
      await save(req);
    },

    save,
    count: (userId) => store.count(userId),

    async list({ userId, sessionId }) {
      const found = await store.list(userId, { current: sessionId });
      return found
        .flatMap(({ handle, current, session: { signedIn } }) => {
          if (signedIn === undefined) return [];
          const { userAgent, address, signedInAt, lastSeenAt } = signedIn;
          return {
            ...{ handle, current, userAgent, address },
            signedInAt: new Date(signedInAt),
            lastSeenAt: new Date(lastSeenAt),
            // Whoever is seen lives a full lifetime from then on.
            endsAt: new Date(lastSeenAt + LIFETIME_MS),
          };
        })
        .sort(byRecency);
    },

    revoke: ({ userId }, handle) => store.revoke(userId, handle),

    watch: ({ sessionId }, watcher) => store.watch(sessionId, watcher),

    async end(req, res) {
      await done((callback) => req.session.destroy(callback));
      // express-session sends no cookie where there is no session, so the browser would go on sending the old one.
      res.clearCookie(COOKIE, cookieOptions);
    },

    endOthers: ({ userId, sessionId }) => store.deleteAll(userId, { except: sessionId }),
    endAll: async ({ userId }) => {
      await store.deleteAll(userId);
    },
    prefixes: { session: "sess:", userSessions: "keyspace:express:sess%3A:" },
  };
}

/** What express-session says by a callback, as a promise. */
function done(run: (callback: (error: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())));
}
