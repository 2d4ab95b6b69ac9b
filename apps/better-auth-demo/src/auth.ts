import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { type RedisStorage, redisStorage } from "@redis-keyspace/better-auth";
import { MAX_DEVICES } from "@redis-keyspace/demo-kit/devices";
import type { Prefixes } from "@redis-keyspace/demo-kit/keyspace";
import type { Storage } from "@redis-keyspace/demo-kit/redis";
import { SignInTries } from "@redis-keyspace/demo-kit/sign-in-tries";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { KeyspaceError, type SessionWatcher } from "redis-keyspace";
import { instrument } from "redis-keyspace/opentelemetry";

/** What is learned of a request while better-auth answers it. */
interface Passing {
  /** The code of what Redis failed with. */
  outage?: string;
  /** Whether it has signed somebody in who had as many devices as one can have. */
  full?: boolean;
}

/** What keeps the sessions, and what tells of their ends, where there is one. */
type Backing = Pick<Storage, "client" | "stream">;

const LIFETIME_SECONDS = 14 * 24 * 60 * 60;

/** Where the Keyspace panel finds what the storage keeps. */
export const prefixes: Prefixes = { session: "better-auth:", userSessions: "keyspace:better-auth:better-auth%3A:" };

export type Auth = ReturnType<typeof openAuth>;

/** better-auth with e-mail and password, and its sessions in Redis. */
export function openAuth(backing: Backing, url: string) {
  const requests = new AsyncLocalStorage<Passing>();
  const storage = openSecondaryStorage(backing, requests);

  const auth = betterAuth({
    baseURL: url,
    // Users end with this process, so their cookies may too. In production the secret is kept, and is the same everywhere.
    secret: process.env["BETTER_AUTH_SECRET"] || randomBytes(32).toString("base64url"),
    database: memoryAdapter({ user: [], account: [], verification: [] }),
    secondaryStorage: storage,
    // Being seen is noted once a minute, and moves the end of the session.
    session: { expiresIn: LIFETIME_SECONDS, updateAge: 60, freshAge: 0 },
    emailAndPassword: { enabled: true, maxPasswordLength: 256 },
    hooks: signInLimit(),
    rateLimit: { enabled: false },
    databaseHooks: {
      session: {
        create: {
          async before({ userId }) {
            const passing = requests.getStore();
            if (passing !== undefined) passing.full = (await storage.sessions.count(userId)) >= MAX_DEVICES;
          },
        },
      },
    },
    // What is no answer of its own, as a failing storage is not, reaches the app.
    onAPIError: { throw: true },
    logger: {
      log(level, message, ...details) {
        // Of an outage the connection tells, once.
        if (level === "error" && requests.getStore()?.outage === undefined) {
          console.error(`better-auth: ${message}`, ...details);
        }
      },
    },
    telemetry: { enabled: false },
  });

  /**
   * An outage is not a sign-out. Where its storage fails, better-auth answers 401, or 500, or takes the cookie of a session
   * that goes on; here each is the outage.
   */
  async function withoutOutage<Answer>(ask: () => Promise<Answer>): Promise<{ answer: Answer; full: boolean }> {
    const passing: Passing = {};
    const [asked] = await requests.run(passing, () => Promise.allSettled([ask()]));
    if (passing.outage !== undefined) throw new KeyspaceError("ERR_REDIS_UNAVAILABLE", "better-auth has no storage");
    if (asked.status === "rejected") throw asked.reason;
    return { answer: asked.value, full: passing.full === true };
  }

  return {
    handle: (request: Request) => withoutOutage(() => auth.handler(request)),

    /** Who is signed in, with the cookies to answer with. */
    visit: async (headers: Headers, { isSeen }: { readonly isSeen: boolean }) => {
      const query = { disableRefresh: !isSeen };
      const ask = () => auth.api.getSession({ headers, query, returnHeaders: true });
      const { answer } = await withoutOutage(ask);
      return { visitor: answer.response, cookies: answer.headers.getSetCookie() };
    },

    /** Tells when a session ends, wherever that is done. Needs a stream. */
    watch: (token: string, watcher: SessionWatcher) => storage.sessions.watch(token, watcher),

    list: async (headers: Headers) => (await withoutOutage(() => auth.api.listSessions({ headers }))).answer,
  };
}

function openSecondaryStorage({ client, stream }: Backing, requests: AsyncLocalStorage<Passing>): RedisStorage {
  const { operation, incident } = instrument();
  return redisStorage({
    client,
    stream,
    maxSessionsPerUser: MAX_DEVICES,
    // Nobody has run `@better-auth/redis-storage` here.
    legacyIndex: false,
    observe: {
      incident,
      operation(seen) {
        operation?.(seen);
        const passing = requests.getStore();
        if (passing !== undefined && seen.outcome.startsWith("ERR_REDIS_")) passing.outage = seen.outcome;
      },
    },
  });
}

/** Ten wrong passwords for an address, and the next are not looked at. better-auth's own limit counts by IP address. */
function signInLimit() {
  const tries = new SignInTries();
  const addressOf = ({ path, body }: { readonly path?: string; readonly body?: { readonly email?: unknown } }) =>
    path === "/sign-in/email" && typeof body?.email === "string" ? body.email.toLowerCase() : null;

  return {
    before: createAuthMiddleware(async (ctx) => {
      const address = addressOf(ctx);
      if (address === null) return;
      if (tries.isBlocked(address)) throw new APIError("TOO_MANY_REQUESTS", { message: "Too many wrong passwords" });
      // Counted before it is looked at, so that tries at one time are counted too.
      tries.addWrong(address);
    }),
    after: createAuthMiddleware(async (ctx) => {
      const address = addressOf(ctx);
      if (address !== null && ctx.context.newSession !== null) tries.forget(address);
    }),
  };
}
