/** How a cookie is set, as in SvelteKit 2 and 3. */
export interface CookieOptions {
  readonly domain?: string | undefined;
  readonly encode?: ((value: string) => string) | undefined;
  readonly expires?: Date | undefined;
  readonly httpOnly?: boolean | undefined;
  /** In seconds. */
  readonly maxAge?: number | undefined;
  readonly partitioned?: boolean | undefined;
  readonly path?: string | undefined;
  readonly priority?: "low" | "medium" | "high" | undefined;
  readonly sameSite?: boolean | "lax" | "strict" | "none" | undefined;
  readonly secure?: boolean | undefined;
}

/** The same with nothing `undefined`: an explicit `undefined` would replace SvelteKit's default. */
type Exactly<Options> = { [Name in keyof Options]: Exclude<Options[Name], undefined> };

export type CookieAttributes = Exactly<CookieOptions> & { readonly path: string };

/** The part of SvelteKit's `Cookies` that is used. */
export interface Cookies {
  get(name: string): string | undefined;
  set(name: string, value: string, options: CookieAttributes): void;
  delete(name: string, options: CookieAttributes): void;
}

/** One cookie: its name, and how it is set. */
export interface CookieSettings {
  readonly name: string;
  readonly options: CookieAttributes;
}

const knownOptions = [
  "domain",
  "encode",
  "expires",
  "httpOnly",
  "maxAge",
  "partitioned",
  "path",
  "priority",
  "sameSite",
  "secure",
];

/**
 * What is not given, or is `undefined`, has the default; what has none is left out, so that SvelteKit's own stands: it makes
 * `secure` true but in development.
 *
 * @throws {TypeError} naming the option that is wrong.
 */
export function cookieSettings(
  name: string,
  optionsName: string,
  given: CookieOptions,
  defaults: Partial<CookieAttributes>,
): CookieSettings {
  if (typeof name !== "string" || !/^[!#$%&'*+\-.^_`|~\w]+$/.test(name)) {
    throw new TypeError('option "cookieName" must be a cookie name: letters, digits and !#$%&\'*+-.^_`|~');
  }
  if (typeof given !== "object" || given === null) throw new TypeError(`option "${optionsName}" must be an object`);
  for (const option of Object.keys(given)) {
    if (!knownOptions.includes(option)) {
      throw new TypeError(`option "${optionsName}.${option}" is not known; known are ${knownOptions.join(", ")}`);
    }
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { name, options: { path: "/", ...defaults, ...Object.fromEntries(set) } };
}

export function setCookie(cookies: Cookies, { name, options }: CookieSettings, value: string, maxAge?: number): void {
  cookies.set(name, value, maxAge === undefined ? options : { ...options, maxAge });
}

export function deleteCookie(cookies: Cookies, { name, options }: CookieSettings): void {
  const { maxAge: _, expires: __, ...others } = options;
  cookies.delete(name, others);
}
