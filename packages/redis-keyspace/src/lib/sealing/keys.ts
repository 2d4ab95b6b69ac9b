import { base64url, platform, type SecretKey, utf8 } from "../runtime.js";

/**
 * A key for AES-256-GCM that is another one for each purpose, by HKDF: https://www.rfc-editor.org/rfc/rfc5869. It can't be
 * exported.
 */
export async function deriveKey(secret: string, purpose: string): Promise<SecretKey> {
  const { subtle } = platform.crypto;
  const usages = ["encrypt", "decrypt"];
  return await subtle.deriveKey(hkdf(purpose), await material(secret), { name: "AES-GCM", length: 256 }, false, usages);
}

/** What tells a secret from others and nothing about it, nor about its keys: 48 bits of HKDF, in base64url. */
export async function deriveKeyId(secret: string, purpose: string): Promise<string> {
  const bits = await platform.crypto.subtle.deriveBits(hkdf(`${purpose}: key id`), await material(secret), 48);
  return base64url(new Uint8Array(bits));
}

function hkdf(info: string): object {
  return { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8(info) };
}

function material(secret: string): Promise<SecretKey> {
  return platform.crypto.subtle.importKey("raw", utf8(secret), "HKDF", false, ["deriveKey", "deriveBits"]);
}
