import { createHash, timingSafeEqual } from "node:crypto";

export type Access = "all" | "read" | "none";

/** Hashes first: then the comparison takes the same time for every guess, of whatever length. */
export function accessChecker(token: string, readOnlyToken: string | undefined): (given: string) => Access {
  const all = hash(token);
  const read = readOnlyToken === undefined ? undefined : hash(readOnlyToken);
  return (given) => {
    const guess = hash(given);
    const isAll = timingSafeEqual(guess, all);
    const isRead = read !== undefined && timingSafeEqual(guess, read);
    return isAll ? "all" : isRead ? "read" : "none";
  };
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
