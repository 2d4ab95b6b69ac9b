import * as base64url from "jose/base64url";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import { deriveKey, MAX_ID_LENGTH } from "redis-keyspace/adapter";
import { encoder, platform } from "./platform.js";
import type { CookieSealing } from "./sealing.js";

const PURPOSE = "redis-keyspace session cookie";

/** The header of all, no key, an initialization vector, an encrypted id and its tag. */
const form = /^eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0\.\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/;
const LONGEST = 100 + 6 * MAX_ID_LENGTH;

/** Whether it is worth trying to open it: that costs far more than to look at its form. */
export function isEncryptedForm(cookie: string): boolean {
  return cookie.length <= LONGEST && form.test(cookie);
}

/**
 * JSON Web Encryption with AES-256-GCM and a key that is derived from the secret: another one than that which signs.
 *
 * @param purpose What the cookies are for. Those for something else are not opened.
 */
export function encryption(secret: string, purpose: string = PURPOSE): CookieSealing {
  let key: Awaited<ReturnType<typeof deriveKey>> | undefined;
  return {
    async seal(id) {
      key ??= await deriveKey(secret, purpose);
      const jwe = new CompactEncrypt(encoder.encode(id)).setProtectedHeader({ alg: "dir", enc: "A256GCM" });
      return await jwe.encrypt(key);
    },
    async open(cookie) {
      // Base64url has spare bits: without this, one cookie could be written in several ways.
      if (!cookie.split(".").slice(1).every(isCanonical)) return null;
      key ??= await deriveKey(secret, purpose);
      try {
        const { plaintext } = await compactDecrypt(cookie, key, {
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
