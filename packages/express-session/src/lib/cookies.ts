import type { SessionData } from "express-session";

type Cookie = SessionData["cookie"];

/** A session's cookie as it is stored. */
export type CookieData = Readonly<Partial<Cookie>>;

/** How a cookie would be stored. What is none is one without members. */
export function cookieData(cookie: unknown): CookieData {
  if (typeof cookie !== "object" || cookie === null || Array.isArray(cookie)) return {};
  const toJSON: unknown = "toJSON" in cookie ? cookie.toJSON : undefined;
  return typeof toJSON === "function" ? (toJSON.call(cookie) as CookieData) : cookie;
}

/** A stored cookie that express-session can make a cookie of. */
export function usableCookie(cookie: unknown): Cookie {
  const { expires, originalMaxAge, ...others } = cookieData(cookie);
  const isDate = Number.isFinite(Number(new Date(expires ?? Number.NaN)));
  const isAge = typeof originalMaxAge === "number";
  return { ...others, originalMaxAge: isAge ? originalMaxAge : null, expires: isDate ? expires : null };
}

/**
 * Whether they are the same but for when they end. express-session computes `originalMaxAge` anew with each request, and it
 * loses a millisecond now and then.
 */
export function isSameCookie(one: CookieData, other: CookieData): boolean {
  const [age, otherAge] = [ageOf(one), ageOf(other)];
  const isSameAge = age === null || otherAge === null ? age === otherAge : Math.abs(age - otherAge) < 1000;
  return isSameAge && hasAttributesOf(one, other) && hasAttributesOf(other, one);
}

/** What is stored of a cookie that its request left as it was: another request may have changed it. */
export function extendedCookie(stored: CookieData, own: CookieData): Cookie {
  const originalMaxAge = ageOf(stored);
  const isOther = originalMaxAge !== null && !isSameCookie(stored, own);
  return { ...stored, originalMaxAge, expires: isOther ? new Date(Date.now() + originalMaxAge) : own.expires };
}

function ageOf({ originalMaxAge }: CookieData): number | null {
  return typeof originalMaxAge === "number" ? originalMaxAge : null;
}

/** Whether a cookie has all attributes of another, but those that say when it ends. */
function hasAttributesOf(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  for (const name of Object.keys(other)) {
    if (name !== "originalMaxAge" && name !== "expires" && one[name] !== other[name]) return false;
  }
  return true;
}
