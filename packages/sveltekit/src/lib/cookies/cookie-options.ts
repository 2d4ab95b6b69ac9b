import { checkKnown } from "redis-keyspace/adapter";

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
 * @param option What the application calls these options.
 * @throws {TypeError} naming the option that is wrong.
 */
export function cookieAttributes(
  option: string,
  given: CookieOptions,
  defaults: Partial<CookieAttributes>,
): CookieAttributes {
  checkKnown(given, knownOptions, option);
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { path: "/", ...defaults, ...Object.fromEntries(set) };
}
