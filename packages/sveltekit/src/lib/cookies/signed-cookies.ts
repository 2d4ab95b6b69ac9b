// Cookies of the form `<id>.<HMAC-SHA-256 in base64>`. The id may contain dots, the signature does not.
import { equalInConstantTime, hmacSha256 } from "./hmac.js";
import type { CookieSealing, OpenCookie } from "./sealing.js";

/** @param purpose What the cookies are for: then a key that is derived for it signs. Default: the secret does. */
export function signing(secret: string, purpose?: string | undefined): CookieSealing["seal"] {
  const hmac = hmacSha256(secret, purpose);
  return (id) => {
    const digest = hmac(id);
    return typeof digest === "string" ? `${id}.${digest}` : digest.then((later) => `${id}.${later}`);
  };
}

/** @param options `write`: how the signature is written, given it in base64. Default: so. */
export function verifying(
  secret: string,
  {
    purpose,
    write = (digest) => digest,
  }: { readonly purpose?: string | undefined; readonly write?: (digest: string) => string } = {},
): OpenCookie {
  const hmac = hmacSha256(secret, purpose);
  return (cookie) => {
    const dot = cookie.lastIndexOf(".");
    if (dot < 1) return null;
    const id = cookie.slice(0, dot);
    const verified = (digest: string): string | null =>
      equalInConstantTime(write(digest), cookie.slice(dot + 1)) ? id : null;
    const digest = hmac(id);
    return typeof digest === "string" ? verified(digest) : digest.then(verified);
  };
}
