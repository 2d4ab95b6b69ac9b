// The key of an operation: under it a script remembers what it has done, for a client that may send the same command again
// (see `docs/decisions/0015-repeatable-writes.md`).
//
//   <the script's first key>{<it with the client's prefix>}:operation:<random>
//   <the script's first key>:operation:<random>                                  where it has a hash tag
//
// So it begins with that key, which access rules by prefix let through, and shares its slot.

import { randomId } from "./hash.js";
import { hashTag } from "./keyspace.js";

/** 132 bits: nobody can meet another's operation. */
const RANDOM_LENGTH = 22;

const operationKey = new RegExp(`:operation:[\\w-]{${RANDOM_LENGTH}}$`);

/**
 * A new operation's key, or `null` where no key can be made that shares the first one's slot: one with braces that are no
 * hash tag.
 *
 * @param key The script's first key, as the client takes it.
 * @param keyPrefix What the client puts in front of it.
 */
export function newOperationKey(key: string, keyPrefix: string): string | null {
  const complete = keyPrefix + key;
  const tagged = hashTag(complete) !== null;
  if (!tagged && /[{}]/.test(complete)) return null;
  return `${key}${tagged ? "" : `{${complete}}`}:operation:${randomId(RANDOM_LENGTH)}`;
}

/** Whether a key is that of an operation, and no record, index or set. */
export function isOperationKey(key: string): boolean {
  return operationKey.test(key);
}
