import { randomBytes } from "node:crypto";

/** What is stored for a session, in bytes, by every contestant: its own fields and as much data as is left. */
export const VALUE_BYTES = 300;

export const LIFETIME_MS = 24 * 60 * 60 * 1000;

/** @returns {string} an id with `bytes` random bytes, in hexadecimal or base64url */
export function randomId(bytes, encoding = "base64url") {
  return randomBytes(bytes).toString(encoding);
}

const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/**
 * Session data that makes a stored value `VALUE_BYTES` long.
 *
 * @param {(data: object) => string} encode how the contestant stores data
 */
export function fillingData(encode) {
  const data = { address: "203.0.113.7", visits: 10_000, browser: "" };
  const missing = VALUE_BYTES - Buffer.byteLength(encode(data));
  if (missing < 0) throw new Error(`a value of ${VALUE_BYTES} bytes is too small for this contestant`);
  return { ...data, browser: browser.padEnd(missing, ".").slice(0, missing) };
}

let users = 0;

/** User ids of one length that no other call returned. */
export function newUserIds(count) {
  return Array.from({ length: count }, () => `user-${String(users++).padStart(8, "0")}`);
}
