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

/** The part of SvelteKit's `Cookies` that the stores use. */
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

export interface CookieAttributesInput {
  /** What the application calls these options. */
  readonly option: string;
  readonly cookieName: string;
  readonly given: CookieOptions;
  readonly defaults: Partial<CookieAttributes>;
}

/**
 * What is not given, or is `undefined`, has the default; what has none is left out, so that SvelteKit's own stands: it makes
 * `secure` true but in development. What browsers want of a cookie of this name or kind is added: without it they drop the
 * cookie and say nothing.
 *
 * @throws {TypeError} naming the option that is wrong, or that contradicts another.
 */
export function cookieAttributes({ option, cookieName, given, defaults }: CookieAttributesInput): CookieAttributes {
  checkKnown(given, knownOptions, option);
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as CookieOptions;
  const attributes = { path: "/", ...defaults, ...set } as CookieAttributes;
  const [prefix = ""] = /^__(?:Host-Http|Host|Http|Secure)-/i.exec(cookieName) ?? [];
  const needs: [wanted: boolean, name: "secure" | "httpOnly" | "path" | "domain", value: unknown, why: string][] = [
    [prefix !== "", "secure", true, `the name begins with "${prefix}"`],
    [set.sameSite === "none", "secure", true, "sameSite is none"],
    [set.partitioned === true, "secure", true, "the cookie is partitioned"],
    [/Http-$/i.test(prefix), "httpOnly", true, `the name begins with "${prefix}"`],
    [/^__Host-/i.test(prefix), "path", "/", `the name begins with "${prefix}"`],
    [/^__Host-/i.test(prefix), "domain", undefined, `the name begins with "${prefix}"`],
  ];
  const added: Record<string, unknown> = {};
  for (const [wanted, name, value, why] of needs) {
    if (!wanted || set[name] === value) continue;
    if (set[name] !== undefined) {
      const allowed = value === undefined ? "left out" : `${JSON.stringify(value)} or left out`;
      throw new TypeError(
        `option "${option}.${name}" must be ${allowed}: ${why}, and browsers drop the cookie otherwise`,
      );
    }
    added[name] = value;
  }
  return { ...attributes, ...added };
}
