import * as base64url from "jose/base64url";
import { compactDecrypt } from "jose/jwe/compact/decrypt";
import { CompactEncrypt } from "jose/jwe/compact/encrypt";
import { encoder, platform } from "./platform.js";
import type { CookieSealing } from "./sealing.js";

/** JSON Web Encryption with AES-256-GCM and a key that is derived from the secret. */
export function encryption(secret: string): CookieSealing {
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
