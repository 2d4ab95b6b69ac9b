import { isId } from "redis-keyspace/adapter";
import type { Cookies } from "../cookies/cookie-options.js";
import { type CookieResponse, type EventCookies, ResponseCookie } from "../cookies/response-cookie.js";
import type { CookieValue, OpenedCookie, SessionCookie } from "../cookies/session-cookie.js";
import { type FetchingEvent, followSubRequests } from "../hook/sub-requests.js";
import { failure, type SessionFailure, TooLate } from "./results.js";

/** The part of SvelteKit's `RequestEvent` that a store's `handle` uses. */
export interface StoreEvent extends FetchingEvent {
  readonly cookies: EventCookies;
  readonly request: { readonly headers: { get(name: string): string | null } };
  readonly isSubRequest: boolean;
}

/** SvelteKit's `Handle`. */
export type StoreHandle = <Event extends StoreEvent, Answer extends CookieResponse>(input: {
  event: Event;
  resolve: (event: Event) => Answer | Promise<Answer>;
}) => Promise<Answer>;

/** A request that goes through a store's `handle`. */
interface KnownRequest {
  readonly header: string | null;
  readonly reply: ResponseCookie;
  readonly isSubRequest: boolean;
}

export function isIds(found: readonly string[] | SessionFailure): found is readonly string[] {
  return Array.isArray(found);
}

/**
 * The cookies of a store's visitors. Of a request that goes through the store's `handle`, all that the browser sent are known,
 * and what is set waits for the response; of others there is only what SvelteKit's `Cookies` can do.
 */
export class VisitorCookies {
  readonly #cookie: SessionCookie;
  readonly #requests = new WeakMap<object, KnownRequest>();

  constructor(cookie: SessionCookie) {
    this.#cookie = cookie;
  }

  async handle<Event extends StoreEvent, Answer extends CookieResponse>(
    event: Event,
    resolve: (event: Event) => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const { cookies, request, isSubRequest } = event;
    const reply = new ResponseCookie(cookies, () => this.#cookie);
    this.#requests.set(cookies, { header: request.headers.get("cookie"), reply, isSubRequest });
    followSubRequests(event, {
      cookie: () => reply.pair,
      answered: async ({ headers }) => {
        const lines = headers.get("set-cookie")?.split(/,\s*/) ?? [];
        if (lines.some((line) => line.startsWith(`${this.#cookie.name}=`))) reply.leave();
      },
    });
    let response: Answer;
    try {
      response = await resolve(event);
    } catch (error) {
      await reply.abandon(error);
      throw error;
    }
    return await reply.deliver(response);
  }

  /** The ids in the visitor's cookies, or why there is none. At once where there is one, that can be opened at once. */
  ids(cookies: Cookies): readonly string[] | SessionFailure | Promise<readonly string[] | SessionFailure> {
    const [first, ...others] = this.#values(cookies);
    if (first === undefined) return failure("no-session");
    const known = (opened: readonly OpenedCookie[]): readonly string[] | SessionFailure => {
      const ids = opened.map(({ id }) => id).filter(isId);
      return ids.length === 0 ? failure("bad-cookie") : ids;
    };
    const { value } = first;
    if (others.length > 0) return this.#cookie.openAll([first, ...others]).then(known);
    const id = this.#cookie.open(first);
    return id instanceof Promise
      ? id.then((found) => known(found === null ? [] : [{ id: found, value }]))
      : known(id === null ? [] : [{ id, value }]);
  }

  /**
   * Sets the cookie, and answers its value.
   *
   * @param undo Takes back what it is for, should the response not be able to have it.
   * @throws {TooLate}
   */
  async set(cookies: Cookies, id: string, undo?: () => Promise<unknown>): Promise<string> {
    const value = await this.#cookie.seal(id);
    const reply = this.#requests.get(cookies)?.reply;
    try {
      if (reply === undefined) cookies.set(this.#cookie.name, value, this.#cookie.attributes());
      else reply.set({ value, undo });
    } catch (error) {
      throw new TooLate("the session cookie cannot be set", { cause: error });
    }
    return value;
  }

  /** The same where it is no loss if it is too late: the cookie ends when it would have. */
  async setIfOpen(cookies: Cookies, id: string): Promise<void> {
    try {
      await this.set(cookies, id);
    } catch (error) {
      if (!(error instanceof TooLate)) throw error;
    }
  }

  /** Does nothing once the response has been generated. */
  delete(cookies: Cookies): void {
    const reply = this.#requests.get(cookies)?.reply;
    if (reply !== undefined) {
      reply.delete();
      return;
    }
    try {
      cookies.delete(this.#cookie.name, this.#cookie.attributesToDelete());
    } catch {
      // As in the replaced package: where it cannot be deleted any more, a cookie without a session does no harm.
    }
  }

  /**
   * Has a session renewed once it is known that its cookie can go out.
   *
   * @returns `false`: that will never be known of this request.
   */
  renewLater(cookies: Cookies, renew: () => Promise<string | null>): boolean {
    const request = this.#requests.get(cookies);
    if (request === undefined) return false;
    if (request.isSubRequest) return true;
    request.reply.renewWith(async () => {
      const value = await renew();
      return value === null ? null : { value };
    });
    return true;
  }

  /** The id, sealed. */
  seal(id: string): string | Promise<string> {
    return this.#cookie.seal(id);
  }

  #values(cookies: Cookies): CookieValue[] {
    const request = this.#requests.get(cookies);
    const known = this.#cookie.valueOf(cookies);
    if (request === undefined) return known === undefined ? [] : [known];
    const { next } = request.reply;
    if (next === "deleted") return [];
    if (next !== null) return [{ value: next.value, encoded: false }];
    return this.#cookie.valuesOf(cookies, request.header);
  }
}
