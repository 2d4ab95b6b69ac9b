import type { CookieAttributes, Cookies } from "./cookie-options.js";
import { cookieSealing, type SealingOptions } from "./cookie-sealing.js";
import type { CookieSealing } from "./sealing.js";

export interface SessionCookieOptions extends SealingOptions {
  readonly cookieName: string;
  readonly attributes: CookieAttributes;
}

/** The cookie that holds a session's id, sealed. */
export class SessionCookie {
  readonly #name: string;
  readonly #attributes: CookieAttributes;
  readonly #sealing: CookieSealing;

  /** @throws {TypeError} naming the option that is wrong. */
  constructor({ cookieName, attributes, ...sealing }: SessionCookieOptions) {
    if (typeof cookieName !== "string" || !/^[!#$%&'*+\-.^_`|~\w]+$/.test(cookieName)) {
      throw new TypeError('option "cookieName" must be a cookie name: letters, digits and !#$%&\'*+-.^_`|~');
    }
    this.#name = cookieName;
    this.#attributes = attributes;
    this.#sealing = cookieSealing(sealing);
  }

  /** What the browser sent; `undefined` for nothing. */
  read(cookies: Cookies): string | undefined {
    return cookies.get(this.#name);
  }

  /** The id, or `null` for a cookie that was not sealed here. */
  open(value: string): string | null | Promise<string | null> {
    return this.#sealing.open(value);
  }

  seal(id: string): string | Promise<string> {
    return this.#sealing.seal(id);
  }

  /** @param maxAge In seconds. Default: that of the options. */
  set(cookies: Cookies, value: string, maxAge?: number): void {
    cookies.set(this.#name, value, maxAge === undefined ? this.#attributes : { ...this.#attributes, maxAge });
  }

  /** Seals and sets it, and answers its value. */
  async write(cookies: Cookies, id: string): Promise<string> {
    const value = await this.seal(id);
    this.set(cookies, value);
    return value;
  }

  delete(cookies: Cookies): void {
    const { maxAge: _, expires: __, ...others } = this.#attributes;
    cookies.delete(this.#name, others);
  }
}
