import { base64url, platform, utf8 } from "./runtime.js";

type Hash = (text: string) => string | Promise<string>;

interface NodeCrypto {
  createHash(algorithm: string): { update(text: string): { digest(encoding: string): string } };
}

/**
 * SHA-256 in base64url, 43 characters. At once where Node's own hash can be had, which is ten times cheaper than the
 * promise that Web Crypto answers with.
 */
export const sha256: Hash = nodeHash() ?? webHash;

function nodeHash(): Hash | undefined {
  const crypto = platform.process?.getBuiltinModule?.("node:crypto") as NodeCrypto | undefined;
  if (crypto === undefined) return undefined;
  return (text) => crypto.createHash("sha256").update(text).digest("base64url");
}

async function webHash(text: string): Promise<string> {
  return base64url(new Uint8Array(await platform.crypto.subtle.digest("SHA-256", utf8(text))));
}

/** Scripts are named by their SHA-1: https://redis.io/docs/latest/commands/evalsha/ */
export async function sha1Hex(text: string): Promise<string> {
  const digest = new Uint8Array(await platform.crypto.subtle.digest("SHA-1", utf8(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const ID_LENGTH = 43;

// Asking for random bytes costs more than having them, so they are asked for a hundred ids at a time.
const pool = new Uint8Array(100 * ID_LENGTH);
let used = pool.length;

/** 43 random characters of base64url's alphabet: 258 bits. */
export function randomId(): string {
  if (used === pool.length) {
    platform.crypto.getRandomValues(pool);
    used = 0;
  }
  let id = "";
  for (const end = used + ID_LENGTH; used < end; used++) id += alphabet[(pool[used] as number) & 63];
  return id;
}
