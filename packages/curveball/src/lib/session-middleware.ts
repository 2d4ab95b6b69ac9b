import { randomBytes } from "node:crypto";
import curveballSession from "@curveball/session";
import { checkFunction } from "redis-keyspace/adapter";
import type { RedisStore } from "./redis-store.js";
import { valuesNamed, withFirst } from "./session-cookies.js";

type SessionOptions = Parameters<typeof curveballSession>[0];
type Middleware = Extract<ReturnType<typeof curveballSession>, (...args: never[]) => unknown>;
type Context = Parameters<Middleware>[0];

/** The options of `@curveball/session`, with a store of this package. */
export interface SessionMiddlewareOptions<Values extends object> extends Omit<SessionOptions, "store"> {
  readonly store: RedisStore<Values>;
  /** Is told why a WebSocket was closed: Redis could not say whose it is, or store its session. Default: nobody. */
  readonly onSocketError?: ((error: unknown) => unknown) | undefined;
}

const CSRF = "csrf-token";

/** "Try again later", of WebSocket's codes. */
const TRY_AGAIN = 1013;

/**
 * The middleware of `@curveball/session`, without what browsers stumble over in it:
 *
 * - of several cookies of the name, the one whose session lives counts, a user's before nobody's;
 * - a cookie is only sent with an id that this request has made, or whose session it has renewed, so that a slow response
 *   replaces no newer one; and it is deleted by the request that ends the session;
 * - the cookies of middlewares inside it stay;
 * - all tabs have one CSRF token, and a form of this very origin is believed;
 * - a store that fails closes a WebSocket, and does not end the process.
 *
 * @throws {TypeError} naming the option that is wrong.
 *
 * @example
 * app.use(session({ store: new RedisStore() }));
 */
export function session<Values extends object>(options: SessionMiddlewareOptions<Values>): Middleware {
  const { onSocketError = () => {}, ...others } = options;
  checkFunction("onSocketError", onSocketError);
  checkFunction("store.pick", others.store?.pick);
  const handle = sessionOfRequest(others);
  return async (ctx, next) => {
    let ofApplication: unknown;
    try {
      await handle(ctx, async () => {
        try {
          await next();
        } catch (error) {
          ofApplication = error;
          throw error;
        }
      });
    } catch (error) {
      if (ctx.webSocket === undefined || error === ofApplication) throw error;
      // Nobody waits for this request: rejected, it would end the process.
      onSocketError(error);
      ctx.webSocket.close(TRY_AGAIN);
    }
  };
}

type Options<Values extends object> = Omit<SessionMiddlewareOptions<Values>, "onSocketError">;

function sessionOfRequest<Values extends object>(options: Options<Values>): Middleware {
  const { store, cookieName = "CB", expiry = 3600 } = options;
  const middleware = curveballSession({ ...options, store });
  if (typeof middleware !== "function") throw new TypeError("@curveball/session must be of version 1");
  const isOurs = (line: string): boolean => line.startsWith(`${cookieName}=`);

  return async (ctx, next) => {
    const sent = ctx.request.headers.get("Cookie");
    const values = valuesNamed(cookieName, sent);
    const chosen = values.length < 2 ? null : await store.pick(values);
    if (chosen !== null) ctx.request.headers.set("Cookie", withFirst(cookieName, chosen, sent));
    let came: string | null = null;
    let others: string[] = [];
    let ofApplication: unknown;
    const inside = async (): Promise<void> => {
      came = ctx.sessionId;
      shareCsrf(ctx, store, expiry);
      try {
        await next();
      } catch (error) {
        ofApplication = error;
        throw error;
      } finally {
        others = ctx.response.headers.getMany("Set-Cookie");
        ctx.response.headers.delete("Set-Cookie");
        // On a socket nobody would get the cookie of a new session.
        if (ctx.webSocket !== undefined && came === null) ctx.session = {};
      }
    };
    const send = (lines: readonly string[]): void => {
      const kept = others.filter((line) => lines.length === 0 || !isOurs(line));
      ctx.response.headers.delete("Set-Cookie");
      for (const line of [...kept, ...lines]) ctx.response.headers.append("Set-Cookie", line);
    };
    try {
      await middleware(ctx, inside);
      send(ownCookie(ctx, came, options));
    } catch (error) {
      // Where it is the application's, the session is stored all the same.
      send(error === ofApplication ? ownCookie(ctx, came, options) : []);
      throw error;
    }
  };
}

/** What is to be sent of the session's cookie. `came`: the id that the request came with, if its session was there. */
function ownCookie<Values extends object>(ctx: Context, came: string | null, options: Options<Values>): string[] {
  const { store, cookieName = "CB", cookieOptions } = options;
  if (Object.keys(ctx.session ?? {}).length === 0) return came === null ? [] : [deletion(cookieName, cookieOptions)];
  const line = ctx.response.headers.getMany("Set-Cookie").find((one) => one.startsWith(`${cookieName}=`));
  const outcome = store.outcome(ctx.session);
  if (line === undefined || outcome === "gone") return [];
  if (ctx.sessionId === null || ctx.sessionId !== came) return [line];
  // The browser has it, and keeps it until it is closed, or for as long as it was told.
  return cookieOptions?.maxAge !== undefined && outcome === "stored" ? [line] : [];
}

/** One token for a session, however many pages ask for it at once, and a form that the browser says is of this origin. */
function shareCsrf<Values extends object>(ctx: Context, store: RedisStore<Values>, expiry: number): void {
  const { getCsrf, validateCsrf } = ctx;
  ctx.getCsrf = async () => {
    if (ctx.sessionId !== null && ctx.session[CSRF] === undefined) {
      const token = randomBytes(32).toString("base64");
      const shared = await store.addOnce(ctx.session, CSRF, token, Date.now() + expiry * 1000);
      if (shared !== undefined) ctx.session[CSRF] = shared;
    }
    return await getCsrf();
  };
  ctx.validateCsrf = (token) => {
    // No other origin can make a browser say this. A token says no more, and that of a tab may be of a session before.
    if (ctx.request.headers.get("Sec-Fetch-Site") === "same-origin") return;
    validateCsrf(token);
  };
}

function deletion(cookieName: string, options: SessionOptions["cookieOptions"]): string {
  const { path = "/", domain, secure = false, httpOnly = true, sameSite = "lax" } = options ?? {};
  const site = sameSite === true ? "strict" : sameSite;
  return [
    `${cookieName}=`,
    "Max-Age=0",
    `Path=${path}`,
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    ...(httpOnly ? ["HttpOnly"] : []),
    ...(secure ? ["Secure"] : []),
    ...(site === false ? [] : [`SameSite=${site}`]),
  ].join("; ");
}
