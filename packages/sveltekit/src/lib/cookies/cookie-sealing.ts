import { checkSecrets, type Secrets } from "redis-keyspace/adapter";
import { encryption, isEncryptedForm } from "./encrypted-cookies.js";
import { type LegacyCookies, openLegacyCookies } from "./legacy-cookies.js";
import type { CookieSealing, OpenCookie } from "./sealing.js";
import { signing, verifying } from "./signed-cookies.js";

export interface SealingOptions {
  readonly secret: Secrets;
  readonly signed: boolean;
  readonly encrypted: boolean;
  readonly cookieName: string;
  /**
   * What a cookie is good for, besides its name: the keys under which its session is. The key that seals is derived for it.
   * Default: the secret itself signs, as in the replaced package.
   */
  readonly boundTo?: string | undefined;
  readonly legacyCookies?: LegacyCookies | undefined;
}

/** @throws {TypeError} naming the option that is wrong. */
export function cookieSealing({
  secret,
  signed,
  encrypted,
  cookieName,
  boundTo,
  legacyCookies,
}: SealingOptions): CookieSealing {
  const secrets = checkSecrets("secret", secret);
  const [first = ""] = secrets;
  const legacy = openLegacyCookies(legacyCookies, secrets);
  if (!encrypted && !signed) {
    if (legacy.length > 0) throw new TypeError('option "legacyCookies" needs cookies that are signed or encrypted');
    return { seal: (id) => id, open: (cookie) => cookie };
  }
  const purpose = boundTo === undefined ? undefined : `redis-keyspace session cookie ${cookieName} of ${boundTo}`;
  const opening = secrets.map((one) => (encrypted ? encryption(one, purpose).open : verifying(one, { purpose })));
  const known = remembering(firstOf(opening));
  return {
    seal: encrypted ? encryption(first, purpose).seal : signing(first, purpose),
    open: firstOf([encrypted ? (cookie) => (isEncryptedForm(cookie) ? known(cookie) : null) : known, ...legacy]),
  };
}

/** Cookies of which it is remembered that they are right. */
const REMEMBERED = 10_000;

/**
 * A cookie that was right once is right for as long as the secrets are the same, and a visitor sends it with each request.
 * Whether its session still lives is Redis's to say. What is wrong is not remembered: forgeries push nothing out. Nor are
 * cookies of legacy forms, one of which can be written in any number of ways.
 */
function remembering(open: OpenCookie): OpenCookie {
  const known = new Map<string, string>();
  const remember = (cookie: string, id: string | null): string | null => {
    if (id === null) return null;
    if (known.size >= REMEMBERED) known.clear();
    known.set(cookie, id);
    return id;
  };
  return (cookie) => {
    const found = known.get(cookie);
    if (found !== undefined) return found;
    const id = open(cookie);
    return id instanceof Promise ? id.then((later) => remember(cookie, later)) : remember(cookie, id);
  };
}

function firstOf([open, ...others]: OpenCookie[]): OpenCookie {
  if (open === undefined) return () => null;
  const next = firstOf(others);
  return (cookie) => {
    const id = open(cookie);
    if (typeof id === "string" || others.length === 0) return id;
    return id === null ? next(cookie) : id.then((later) => later ?? next(cookie));
  };
}
