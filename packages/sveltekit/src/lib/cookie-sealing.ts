import * as base64url from "jose/base64url";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import { hmacSha256 } from "./hmac.js";
import { type LegacyCookieForm, legacyCookie, legacyCookieForms, type OpenCookie, signed } from "./legacy-cookies.js";
import { encoder, platform } from "./platform.js";
import { checkSecrets, type Secret } from "./secrets.js";

/** Cookies of other forms, or of secrets that are too weak now, which are accepted for a while. */
export interface LegacyCookies {
  readonly forms: readonly LegacyCookieForm[];
  /** The secrets that they were made with, of any length. Default: those of `secret`. */
  readonly secrets?: readonly string[] | undefined;
}

export interface SealingOptions {
  readonly secret: Secret;
  readonly signed: boolean;
  readonly encrypted: boolean;
  readonly legacyCookies?: LegacyCookies | undefined;
}

/** Puts a session id into a cookie and takes it out again. */
export interface CookieSealing {
  seal(id: string): string | Promise<string>;
  /** The id, or `null` for a cookie that was not sealed here. */
  open(cookie: string): string | null | Promise<string | null>;
}

/** @throws {TypeError} naming the option that is wrong. */
export function cookieSealing(options: SealingOptions): CookieSealing {
  const secrets = checkSecrets(options.secret);
  const [first = ""] = secrets;
  const legacy = checkLegacy(options.legacyCookies, secrets);
  if (options.encrypted) {
    return { seal: encryption(first).seal, open: firstOf([remembering(firstOf(secrets.map(opening))), ...legacy]) };
  }
  if (!options.signed) {
    if (legacy.length > 0) throw new TypeError('option "legacyCookies" needs cookies that are signed or encrypted');
    return { seal: (id) => id, open: (cookie) => cookie };
  }
  const hmac = hmacSha256(first);
  return {
    seal(id) {
      const digest = hmac(id);
      return typeof digest === "string" ? `${id}.${digest}` : digest.then((later) => `${id}.${later}`);
    },
    open: firstOf([remembering(firstOf(secrets.map((secret) => signed(secret, (digest) => digest)))), ...legacy]),
  };
}

/** Cookies of which it is remembered that they are right. */
const REMEMBERED = 10_000;

/**
 * A cookie that was right once is right for as long as the secrets are the same, and a visitor sends it with each request.
 * Whether its session still lives is Redis's to say. What is wrong is not remembered: forgeries push nothing out. Nor are
 * cookies of older forms, one of which can be written in any number of ways.
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

const opening = (secret: string): OpenCookie => encryption(secret).open;

/** JSON Web Encryption with AES-256-GCM and a key that is derived from the secret. */
function encryption(secret: string): CookieSealing {
  let key: Promise<Uint8Array> | undefined;
  return {
    async seal(id) {
      key ??= encryptionKey(secret);
      const jwe = new CompactEncrypt(encoder.encode(id)).setProtectedHeader({ alg: "dir", enc: "A256GCM" });
      return await jwe.encrypt(await key);
    },
    async open(cookie) {
      // Base64url has spare bits: without this, one cookie could be written in several ways.
      if (!cookie.split(".").slice(1).every(isCanonical)) return null;
      key ??= encryptionKey(secret);
      try {
        const { plaintext } = await compactDecrypt(cookie, await key, {
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
        });
        return new platform.TextDecoder().decode(plaintext);
      } catch {
        return null;
      }
    },
  };
}

function isCanonical(segment: string): boolean {
  try {
    return base64url.encode(base64url.decode(segment)) === segment;
  } catch {
    return false;
  }
}

/** Another key than the one that signs: HKDF with a name of its own. https://www.rfc-editor.org/rfc/rfc5869 */
async function encryptionKey(secret: string): Promise<Uint8Array> {
  const { subtle } = platform.crypto;
  const material = await subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveBits"]);
  const info = encoder.encode("redis-keyspace session cookie");
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  return new Uint8Array(await subtle.deriveBits(algorithm, material, 256));
}

function checkLegacy(legacy: LegacyCookies | undefined, current: readonly string[]): OpenCookie[] {
  if (legacy === undefined) return [];
  const { forms, secrets = current } = legacy ?? {};
  if (!Array.isArray(forms) || forms.length === 0 || !forms.every((form) => legacyCookieForms.includes(form))) {
    throw new TypeError(`option "legacyCookies.forms" must be a list of ${legacyCookieForms.join(", ")}`);
  }
  if (!Array.isArray(secrets) || !secrets.every((secret) => typeof secret === "string" && secret !== "")) {
    throw new TypeError('option "legacyCookies.secrets" must be a list of strings');
  }
  return secrets.flatMap((secret) => forms.map((form) => legacyCookie(form, secret)));
}
