import type { CookieAttributes, Cookies } from "./cookie-options.js";
import { platform } from "./platform.js";
import type { SessionCookie } from "./session-cookie.js";
import { isShareable, makePrivate, type ResponseHeaders } from "./shared-caches.js";

/** What a response has that a cookie needs. */
export interface CookieResponse {
  readonly status: number;
  readonly body: unknown;
  readonly headers: ResponseHeaders;
}

/** SvelteKit's `Cookies`. */
export interface EventCookies extends Cookies {
  getAll(): readonly unknown[];
  serialize(name: string, value: string, options: CookieAttributes): string;
}

export interface NewCookie {
  readonly value: string;
  /** In seconds. Default: that of the options. */
  readonly maxAge?: number | undefined;
  /** Takes back what the cookie is for. Without it, a response that cannot have the cookie goes without. */
  readonly undo?: (() => Promise<unknown>) | undefined;
}

/**
 * The session cookie of one request. It waits for the response, and is put into that: SvelteKit would put it into a response
 * that may be one that cannot be changed, the answer of a `fetch`, and fail.
 */
export class ResponseCookie {
  readonly #cookie: () => SessionCookie;
  readonly #cookies: EventCookies;
  #next: NewCookie | "deleted" | null = null;
  #renewal: (() => Promise<NewCookie | null>) | null = null;
  #isSetElsewhere = false;
  #closed = false;

  /** @param cookie Only asked for when there is something to do. */
  constructor(cookies: EventCookies, cookie: () => SessionCookie) {
    this.#cookies = cookies;
    this.#cookie = cookie;
  }

  /** @throws {Error} when the response has been generated. */
  mustBeOpen(what: string): void {
    if (!this.#closed) return;
    throw new Error(`${what}: the response has been generated, so the session cookie cannot be set any more`);
  }

  /** As a `Cookie` header has it, if this request has changed it: for requests that it makes of its own server. */
  get pair(): string | undefined {
    if (this.#next === null) return undefined;
    const { name } = this.#cookie();
    return this.#next === "deleted" ? `${name}=` : this.#line(this.#next).split(";")[0];
  }

  /** What the response is to have. */
  get next(): NewCookie | "deleted" | null {
    return this.#next;
  }

  set(next: NewCookie): void {
    this.mustBeOpen("the session");
    const former = this.#next === "deleted" ? undefined : this.#next?.undo;
    this.#next = { ...next, undo: next.undo ?? former };
  }

  /** Does nothing where it is too late: the cookie of a session that is gone does no harm. */
  delete(): void {
    if (!this.#closed) this.#next = "deleted";
  }

  /** A request that this one made of its own server has set the cookie, and SvelteKit passes that on. */
  leave(): void {
    this.#next = null;
    this.#renewal = null;
    this.#isSetElsewhere = true;
  }

  /** @param renew Renews the session, once it is known that the response can have its cookie; `null`: it is not time. */
  renewWith(renew: () => Promise<NewCookie | null>): void {
    this.#renewal = renew;
  }

  /**
   * Puts the cookie into the response, or into a copy where it cannot be changed. What is optional, a renewal, never breaks
   * one, and is not for a response that others may get.
   *
   * @throws {Error} for a new session whose cookie this response cannot have: then it is ended again.
   */
  async deliver<Response extends CookieResponse>(response: Response): Promise<Response> {
    this.#closed = true;
    const next = this.#next;
    if (next !== null) {
      const carrying = carry(response, next === "deleted" ? this.#deletion() : this.#line(next));
      if (carrying !== null || next === "deleted" || next.undo === undefined) return carrying ?? response;
      await next.undo();
      throw new Error(
        `the session cookie cannot be sent: a response with the status ${response.status} has no cookies`,
      );
    }
    if (this.#isSetElsewhere) return carry(response) ?? response;
    if (this.#renewal === null || isShareable(response.headers)) return response;
    // It is not what the request was for: the next one renews.
    const renewed = await this.#renewal().catch(() => null);
    return renewed === null ? response : (carry(response, this.#line(renewed)) ?? response);
  }

  /** There is no response. A redirect is made into one by SvelteKit, with SvelteKit's cookies; an error is one without. */
  async abandon(error: unknown): Promise<void> {
    this.#closed = true;
    const next = this.#next;
    if (next === null) return;
    try {
      if (!isRedirect(error)) throw error;
      const { name } = this.#cookie();
      if (next === "deleted") this.#cookies.delete(name, this.#cookie().attributesToDelete());
      else this.#cookies.set(name, next.value, this.#cookie().attributes(next.maxAge));
    } catch {
      // What is wrong is the error. A session that stays is one that nobody has.
      if (next !== "deleted") await next.undo?.().catch(() => {});
    }
  }

  #line({ value, maxAge }: NewCookie): string {
    return this.#cookies.serialize(this.#cookie().name, value, this.#cookie().attributes(maxAge));
  }

  #deletion(): string {
    const attributes = { ...this.#cookie().attributesToDelete(), maxAge: 0 };
    return this.#cookies.serialize(this.#cookie().name, "", attributes);
  }
}

/** The response with this cookie and for one visitor alone, or a copy; `null` if it cannot have one. */
function carry<Response extends CookieResponse>(response: Response, line?: string): Response | null {
  const add = (headers: ResponseHeaders): void => {
    if (line !== undefined) headers.append("set-cookie", line);
    makePrivate(headers);
  };
  try {
    add(response.headers);
    return response;
  } catch {
    // It cannot be changed: the answer of a `fetch`, or of `Response.redirect`.
  }
  try {
    const copy = new platform.Response(response.body, response);
    add(copy.headers);
    return copy;
  } catch {
    return null;
  }
}

function isRedirect(error: unknown): boolean {
  return typeof error === "object" && error !== null && "location" in error && "status" in error;
}
