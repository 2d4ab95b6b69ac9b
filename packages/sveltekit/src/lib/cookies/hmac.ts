import { builtinModule } from "redis-keyspace/adapter";
import { base64, encoder, platform } from "./platform.js";

/** The HMAC-SHA-256 of a text, in base64. */
export type Hmac = (text: string) => string | Promise<string>;

interface NodeCrypto {
  createSecretKey(bytes: Uint8Array): object;
  createHmac(
    algorithm: string,
    key: object,
  ): { update(text: string): { digest(encoding: "base64"): string; digest(): Uint8Array } };
}

/**
 * HMAC-SHA-256 with one secret, whose key is made once. Through Web Crypto, or at once where Node's own can be had: that
 * is ten times cheaper than the promise that Web Crypto answers with.
 *
 * @param purpose Then the key is the HMAC of this, made with the secret. Default: the secret is the key.
 */
export function hmacSha256(secret: string, purpose?: string | undefined): Hmac {
  return nodeHmac(encoder.encode(secret), purpose) ?? webHmac(encoder.encode(secret), purpose);
}

function nodeHmac(secret: Uint8Array, purpose: string | undefined): Hmac | undefined {
  const crypto = builtinModule("node:crypto") as NodeCrypto | undefined;
  if (crypto === undefined) return undefined;
  const own = crypto.createSecretKey(secret);
  const key =
    purpose === undefined ? own : crypto.createSecretKey(crypto.createHmac("sha256", own).update(purpose).digest());
  return (text) => crypto.createHmac("sha256", key).update(text).digest("base64");
}

export function webHmac(secret: Uint8Array, purpose?: string | undefined): Hmac {
  const { subtle } = platform.crypto;
  const keyOf = (bytes: Uint8Array) =>
    subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const sign = async (key: Awaited<ReturnType<typeof keyOf>>, text: string): Promise<Uint8Array> =>
    new Uint8Array(await subtle.sign("HMAC", key, encoder.encode(text)));
  const derive = async (): ReturnType<typeof keyOf> => {
    const own = await keyOf(secret);
    return purpose === undefined ? own : await keyOf(await sign(own, purpose));
  };
  let key: ReturnType<typeof keyOf> | undefined;
  return async (text) => {
    key ??= derive();
    return base64(await sign(await key, text));
  };
}

/** Takes as long for texts of one length, wherever they differ. */
export function equalInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
