/** What may be shown of something that signs in, or of a key with it: the first four characters. */
export function masked(secret: string): string {
  return `${printable(secret.slice(0, secret.length > 12 ? 4 : 0))}…`;
}

/** A key with its prefix whole and its id masked. */
export function maskedKey(prefix: string, key: string): string {
  return prefix + masked(key.slice(prefix.length));
}

/** What somebody else has written, without what would move the cursor or change colours in a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�");
}
