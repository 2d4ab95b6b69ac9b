import type { CookieAttributes, Cookies } from "./cookie-options.js";
import { cookieSealing, type SealingOptions } from "./cookie-sealing.js";
import type { CookieSealing } from "./sealing.js";

export interface SessionCookieOptions extends SealingOptions {
  readonly attributes: CookieAttributes;
}

/** So many cookies of the name are tried, of however many a header has room for. */
const MAX_COOKIES = 20;

/** What browsers or SvelteKit have under the cookie's name. */
export interface CookieValue {
  readonly value: string;
  /** Whether it is as it stands in a header, where SvelteKit has percent-encoded it. */
  readonly encoded: boolean;
}

/** An id, and the cookie that says so. */
export interface OpenedCookie {
  readonly id: string;
  readonly value: string;
}

/** @throws {TypeError} */
export function checkCookieName(cookieName: unknown): asserts cookieName is string {
  if (typeof cookieName === "string" && /^[!#$%&'*+\-.^_`|~\w]+$/.test(cookieName)) return;
  throw new TypeError('option "cookieName" must be a cookie name: letters, digits and !#$%&\'*+-.^_`|~');
}

/** The cookie that holds a session's id, sealed. */
export class SessionCookie {
  readonly name: string;
  readonly #attributes: CookieAttributes;
  readonly #sealing: CookieSealing;

  /** @throws {TypeError} naming the option that is wrong. */
  constructor({ attributes, ...sealing }: SessionCookieOptions) {
    this.name = sealing.cookieName;
    this.#attributes = attributes;
    this.#sealing = cookieSealing(sealing);
  }

  /**
   * All that the visitor sent under the name: browsers send a cookie for each domain and path, in an order of their own.
   * What was set during this request comes first, and what was deleted is not among them.
   */
  valuesOf(cookies: Cookies, header: string | null): CookieValue[] {
    const known = cookies.get(this.name);
    if (known === undefined) return [];
    const sent = this.valuesIn(header);
    const isSent = known === "" || sent.some(({ value }) => value === known || percentDecoded(value) === known);
    return isSent ? sent : [{ value: known, encoded: false }, ...sent];
  }

  /** All that a `Cookie` header has under the name: the first 20 of them. */
  valuesIn(header: string | null): CookieValue[] {
    const found = new Set<string>();
    for (const pair of header?.split(";") ?? []) {
      const at = pair.indexOf("=");
      if (at < 0 || pair.slice(0, at).trim() !== this.name) continue;
      const value = pair.slice(at + 1).trim();
      found.add(/^".*"$/.test(value) ? value.slice(1, -1) : value);
    }
    found.delete("");
    return [...found].slice(0, MAX_COOKIES).map((value) => ({ value, encoded: true }));
  }

  /** What SvelteKit has under the name: the first of what came, or what was set during this request. */
  valueOf(cookies: Cookies): CookieValue | undefined {
    const value = cookies.get(this.name);
    return value === undefined || value === "" ? undefined : { value, encoded: false };
  }

  /**
   * The id, or `null` for a cookie that was not sealed here. Either spelling opens: what a request of SvelteKit to itself has
   * set (`event.fetch`) is percent-encoded where it should not be.
   */
  open({ value, encoded }: CookieValue): string | null | Promise<string | null> {
    const decoded = percentDecoded(value);
    const [first, second] = encoded ? [decoded, value] : [value, decoded];
    const id = this.#sealing.open(first);
    if (first === second || typeof id === "string") return id;
    return id === null ? this.#sealing.open(second) : id.then((found) => found ?? this.#sealing.open(second));
  }

  /** The ids in all of these that were sealed here. */
  async openAll(values: readonly CookieValue[]): Promise<OpenedCookie[]> {
    const opened: OpenedCookie[] = [];
    for (const cookie of values) {
      const id = await this.open(cookie);
      if (id !== null && !opened.some((one) => one.id === id)) opened.push({ id, value: cookie.value });
    }
    return opened;
  }

  seal(id: string): string | Promise<string> {
    return this.#sealing.seal(id);
  }

  /** @param maxAge In seconds. Default: that of the options. */
  attributes(maxAge?: number): CookieAttributes {
    return maxAge === undefined ? this.#attributes : { ...this.#attributes, maxAge };
  }

  /** Those with which it is deleted. */
  attributesToDelete(): CookieAttributes {
    const { maxAge: _, expires: __, ...others } = this.#attributes;
    return others;
  }
}

function percentDecoded(value: string): string {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
