// Cookies of the form `<id>.<HMAC-SHA-256 in base64>`. The id may contain dots, the signature does not.
import { equalInConstantTime, hmacSha256 } from "./hmac.js";
import type { CookieSealing, OpenCookie } from "./sealing.js";

export function signing(secret: string): CookieSealing["seal"] {
  const hmac = hmacSha256(secret);
  return (id) => {
    const digest = hmac(id);
    return typeof digest === "string" ? `${id}.${digest}` : digest.then((later) => `${id}.${later}`);
  };
}

/** @param write How the signature is written, given it in base64. Default: so. */
export function verifying(secret: string, write: (digest: string) => string = (digest) => digest): OpenCookie {
  const hmac = hmacSha256(secret);
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
