import type { Session, SessionStore } from "redis-keyspace";
import { checkKnown, checkString } from "redis-keyspace/adapter";
import type { CookieResponse } from "../cookies/response-cookie.js";
import { liveSessions } from "./live-sessions.js";
import { type OptionsOf, OptionsSource } from "./options-source.js";
import { RequestSession } from "./request-session.js";
import type { SessionHookOptions } from "./session-context.js";
import { type FetchingEvent, followSubRequests } from "./sub-requests.js";
import { type RequestCookies, VisitorSession } from "./visitor-session.js";

/** The part of SvelteKit's `RequestEvent` that is used. */
export interface SessionEvent extends RequestCookies, FetchingEvent {
  readonly locals: object;
  /** What the platform gives, such as Cloudflare's `env`. */
  readonly platform?: unknown;
}

/** SvelteKit's `Handle`. */
export interface SessionHook<Data, Input = Data> {
  <Event extends SessionEvent, Answer extends CookieResponse>(input: {
    event: Event;
    resolve: (event: Event) => Answer | Promise<Answer>;
  }): Promise<Answer>;
  /**
   * The sessions themselves, for what has no visitor: ending a user's sessions after a change of password, say. Where the
   * options come from the event, there is none before the first request that needs one.
   */
  readonly store: SessionStore<Data, Input>;
  /**
   * The session of a `Cookie` header, for what is no request of SvelteKit: the upgrade to a WebSocket. It is not renewed.
   *
   * @throws {KeyspaceError} when Redis cannot say.
   */
  sessionOf(cookieHeader: string | null | undefined): Promise<Session<Data> | null>;
}

/** Where an application finds its hook. */
export interface SessionHookPlace {
  /** The name in `event.locals`. Default: `session`. Several hooks in one application need several, and several cookies. */
  readonly localsKey?: string | undefined;
}

/**
 * SvelteKit's `handle` hook. It fills `event.locals.session`: see `LocalsSession`. Visitors without a cookie cost no call of
 * Redis and get no cookie; others cost one read, and a renewal when a tenth of `idleTimeoutSeconds` is used up. It comes first
 * in a `sequence`: the cookie is put into the response of those after it.
 *
 * @param options The options, or a function that answers them, which is called once, with the first request that needs a
 *   session: so that building and prerendering need no Redis and no secret.
 * @throws {TypeError} naming the option that is wrong: at once, or with a function when it is called.
 *
 * @example
 * export const handle = createSessionHook(() => ({ client: new Redis(env.REDIS_URL), secret: env.SESSION_SECRET }));
 */
export function createSessionHook<Data = unknown, Input = Data>(
  options: SessionHookOptions<Data, Input> | OptionsOf<SessionHookOptions<Data, Input>, SessionEvent>,
  place: SessionHookPlace = {},
): SessionHook<Data, Input> {
  checkKnown(place, ["localsKey"]);
  const { localsKey = "session" } = place;
  checkString("localsKey", localsKey);
  const source = new OptionsSource<Data, Input, SessionEvent>(options);

  const handle = async <Event extends SessionEvent, Answer extends CookieResponse>({
    event,
    resolve,
  }: {
    event: Event;
    resolve: (event: Event) => Answer | Promise<Answer>;
  }): Promise<Answer> => {
    const context = () => source.context(event);
    const visitor = new VisitorSession(event, context);
    Object.assign(event.locals, { [localsKey]: new RequestSession(visitor, context) });
    // Nothing is opened for a visitor without any cookie: that is everybody while building and prerendering.
    if (source.isOpen || event.cookies.getAll().length > 0) await visitor.load();
    followSubRequests(event, {
      cookie: () => visitor.pair,
      answered: async (response) => {
        if (source.isOpen) await visitor.follow(response);
      },
    });
    let response: Answer;
    try {
      response = await resolve(event);
    } catch (error) {
      await visitor.abandon(error);
      throw error;
    }
    return await visitor.deliver(response);
  };

  return Object.defineProperties(handle, {
    store: { get: () => source.contextWithoutEvent().store },
    sessionOf: {
      value: async (header: string | null | undefined): Promise<Session<Data> | null> => {
        const { cookie, store } = source.contextWithoutEvent();
        const opened = await cookie.openAll(cookie.valuesIn(header ?? null));
        const [first = null] = await liveSessions(
          store,
          opened.map(({ id }) => id),
        );
        return first;
      },
    },
  }) as SessionHook<Data, Input>;
}
