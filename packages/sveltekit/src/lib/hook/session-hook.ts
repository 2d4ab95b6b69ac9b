import type { SessionStore } from "redis-keyspace";
import type { Cookies } from "../cookies/cookie-options.js";
import { RequestSession } from "./request-session.js";
import { openContext, type SessionContext, type SessionHookOptions } from "./session-context.js";

/** The part of SvelteKit's `RequestEvent` that is used. */
export interface SessionEvent {
  readonly cookies: Cookies & { getAll(): readonly unknown[] };
  readonly locals: object;
}

/** SvelteKit's `Handle`. */
export interface SessionHook<Data, Input = Data> {
  <Event extends SessionEvent, Answer>(input: {
    event: Event;
    resolve: (event: Event) => Answer | Promise<Answer>;
  }): Promise<Answer>;
  /** The sessions themselves, for what has no visitor: ending a user's sessions after a change of password, say. */
  readonly store: SessionStore<Data, Input>;
}

/**
 * SvelteKit's `handle` hook. It fills `event.locals.session`: see `LocalsSession`. Visitors without a cookie cost no call of
 * Redis and get no cookie; others cost one read, and a renewal when a tenth of `idleTimeoutSeconds` is used up.
 *
 * @param options The options, or a function that answers them, which is called once, when a session is first needed: so
 *   that building and prerendering need no Redis and no secret.
 * @throws {TypeError} naming the option that is wrong: at once, or with a function when it is called.
 *
 * @example
 * export const handle = createSessionHook(() => ({ client: new Redis(env.REDIS_URL), secret: env.SESSION_SECRET }));
 */
export function createSessionHook<Data = unknown, Input = Data>(
  options: SessionHookOptions<Data, Input> | (() => SessionHookOptions<Data, Input>),
): SessionHook<Data, Input> {
  // Asked for once even if they are refused: whoever answers them may have opened a connection.
  let given = typeof options === "function" ? undefined : options;
  let opened: SessionContext<Data, Input> | undefined =
    typeof options === "function" ? undefined : openContext(options);
  const context = (): SessionContext<Data, Input> => {
    if (typeof options === "function") given ??= options();
    opened ??= openContext(given as SessionHookOptions<Data, Input>);
    return opened;
  };

  const handle = async <Event extends SessionEvent, Answer>({
    event,
    resolve,
  }: {
    event: Event;
    resolve: (event: Event) => Answer | Promise<Answer>;
  }): Promise<Answer> => {
    const session = new RequestSession(event.cookies, context);
    (event.locals as { session?: unknown }).session = session;
    // Nothing is opened for a visitor without any cookie: that is everybody while building and prerendering.
    if (opened !== undefined || event.cookies.getAll().length > 0) {
      const cookie = context().cookie.read(event.cookies);
      if (cookie !== undefined && cookie !== "") await session.load(cookie);
    }
    try {
      return await resolve(event);
    } finally {
      session.close();
    }
  };
  return Object.defineProperty(handle, "store", { get: () => context().store }) as SessionHook<Data, Input>;
}
