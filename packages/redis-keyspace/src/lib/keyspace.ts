// The key grammar. A key is a prefix and an id, and no other file puts the two together.
//
//   <session prefix><stored id>      the record
//   <user-sessions prefix><user id>  the index of the user's sessions
//
// Ids are hostile input. They need no escaping because no prefix is the beginning of another (see `checkPrefixes`):
// whatever an id contains, its key starts with its own model's prefix and with no other. In a legacy layout some
// prefixes do begin another; there an id whose key would start with the other is no id (see `isNested`).

import { sha256 } from "./hash.js";

/** Ids and user ids may be this long, in UTF-16 code units. */
export const MAX_ID_LENGTH = 512;

const loneSurrogate = /\p{Surrogate}/u;

/** What the key of a hashed id holds: a tilde and the first 192 bits of the SHA-256 of the id. */
const hashedId = /^~[\w-]{32}$/;
const HASH_LENGTH = 32;

/**
 * Whether this can be an id: a string of 1 to 512 code units, well-formed. (All lone surrogates become the same bytes
 * in UTF-8, so two ids with them could meet in one key.)
 */
export function isId(id: unknown): id is string {
  return isName(id, MAX_ID_LENGTH);
}

/** The same for a string of another length. */
export function isName(name: unknown, maxLength: number): name is string {
  return typeof name === "string" && name.length > 0 && name.length <= maxLength && !loneSurrogate.test(name);
}

/**
 * Whether this is what `hashIds` makes of an id: a handle, which can revoke and never sign in, with or without the
 * option.
 */
export function isHashedId(id: unknown): id is string {
  return typeof id === "string" && hashedId.test(id);
}

export function checkId(name: string, id: unknown): asserts id is string {
  if (!isId(id)) throw new TypeError(`${name} must be a well-formed string of 1 to ${MAX_ID_LENGTH} characters`);
}

/** Whether the key of an id would lie in the tree of another model: one whose prefix begins with this one's. */
export function isNested(prefix: string, id: string, nested: readonly string[]): boolean {
  const own = toKey(prefix, id);
  return nested.some((other) => other.length > prefix.length && own.startsWith(other));
}

export function toKey(prefix: string, id: string): string {
  return prefix + id;
}

/** What keys start with. */
export interface Prefixes {
  readonly sessionPrefix: string;
  readonly userSessionsPrefix: string;
  /** Of the sets that a legacy package keeps, if they are to be read and kept up to date. */
  readonly legacyIndexPrefix?: string | undefined;
}

/** Where sessions and their indexes are. */
export class Keyspace {
  readonly #prefixes: Prefixes;
  readonly #hashIds: boolean;
  /** The prefixes as the server sees them, with the client's own in front: for keys that scripts put together. */
  readonly recordPrefix: string;
  readonly indexPrefix: string;
  readonly legacyPrefix: string | undefined;

  constructor(prefixes: Prefixes, { keyPrefix, hashIds }: { readonly keyPrefix: string; readonly hashIds: boolean }) {
    this.#prefixes = prefixes;
    this.#hashIds = hashIds;
    const { sessionPrefix, userSessionsPrefix, legacyIndexPrefix } = prefixes;
    this.recordPrefix = keyPrefix + sessionPrefix;
    this.indexPrefix = keyPrefix + userSessionsPrefix;
    this.legacyPrefix = legacyIndexPrefix === undefined ? undefined : keyPrefix + legacyIndexPrefix;
  }

  /** Whether stored ids are hashes. */
  get hashesIds(): boolean {
    return this.#hashIds;
  }

  get hasLegacySets(): boolean {
    return this.#prefixes.legacyIndexPrefix !== undefined;
  }

  record(storedId: string): string {
    return toKey(this.#prefixes.sessionPrefix, storedId);
  }

  index(userId: string): string {
    return toKey(this.#prefixes.userSessionsPrefix, userId);
  }

  legacySet(userId: string): string | undefined {
    const { legacyIndexPrefix } = this.#prefixes;
    return legacyIndexPrefix === undefined ? undefined : toKey(legacyIndexPrefix, userId);
  }

  isSessionId(id: unknown): id is string {
    return isId(id) && !isHashedId(id);
  }

  /** @throws {TypeError} for what is no session id. */
  checkSessionId(name: string, id: unknown): asserts id is string {
    checkId(name, id);
    if (isHashedId(id)) throw new TypeError(`${name} must not be a handle`);
  }

  isUserId(id: unknown): id is string {
    return isId(id);
  }

  /** Whether a key of this store can end in this: then lists hand it out, and `revoke` takes it. */
  isHandle(storedId: unknown): storedId is string {
    return this.#hashIds ? isHashedId(storedId) : this.isSessionId(storedId);
  }

  /** An id as it stands in keys and indexes. */
  storedId(id: string): string | Promise<string> {
    return this.#hashIds ? toHashedId(id) : id;
  }

  /** A `MATCH` pattern for all records. */
  get pattern(): string {
    return scanPattern(this.recordPrefix);
  }

  /** The stored id in a record's key, as the server has it. */
  storedIdOf(key: string): string {
    return key.slice(this.recordPrefix.length);
  }
}

/** What `hashIds` makes of an id: its handle. */
export function toHashedId(id: string): string | Promise<string> {
  const hash = sha256(id);
  return typeof hash === "string" ? toHandle(hash) : hash.then(toHandle);
}

function toHandle(hash: string): string {
  return `~${hash.slice(0, HASH_LENGTH)}`;
}

/**
 * Refuses prefixes under which one key could belong to two models.
 *
 * @param prefixes Option name to prefix, of those that share one database.
 * @param mayBegin Whether the first option's prefix may be the beginning of the second's, because ids are checked with
 *   {@link isNested}. Default: never.
 * @param named What an option is called in messages; two may have one name. Default: its own name.
 * @throws {TypeError} naming the option.
 */
export function checkPrefixes(
  prefixes: Readonly<Record<string, string>>,
  mayBegin: (outer: string, inner: string) => boolean = () => false,
  named: (option: string) => string = (option) => option,
): void {
  const entries = Object.entries(prefixes);
  for (const [name, prefix] of entries) {
    if (typeof prefix !== "string" || loneSurrogate.test(prefix) || prefix.length > MAX_ID_LENGTH) {
      throw new TypeError(
        `option "${named(name)}" must be a well-formed string of at most ${MAX_ID_LENGTH} characters`,
      );
    }
  }
  for (const [name, prefix] of entries) {
    for (const [otherName, other] of entries) {
      if (name === otherName || !other.startsWith(prefix)) continue;
      if (other !== prefix && mayBegin(name, otherName)) continue;
      throw new TypeError(
        `option "${named(name)}" (${JSON.stringify(prefix)}) is the beginning of option "${named(otherName)}" ` +
          `(${JSON.stringify(other)}): one key could belong to both`,
      );
    }
  }
}

/**
 * The hash tag of a prefix, or `null` if it has none.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */
export function hashTag(prefix: string): string | null {
  const open = prefix.indexOf("{");
  const close = prefix.indexOf("}", open + 1);
  return open === -1 || close <= open + 1 ? null : prefix.slice(open + 1, close);
}

/** Whether keys of all these prefixes are in one slot of a Cluster, whatever the ids. */
export function shareSlot(prefixes: readonly string[]): boolean {
  const [first, ...others] = prefixes.map(hashTag);
  return first !== null && others.every((tag) => tag === first);
}

/** A `MATCH` pattern for all keys that start with a prefix. */
export function scanPattern(prefix: string): string {
  return `${prefix.replace(/[\\*?[\]]/g, "\\$&")}*`;
}
