// The key grammar. A key is a prefix and an id, and no other file puts the two together.
//
//   <session prefix><id>             the record
//   <user-sessions prefix><user id>  the user's sessions
//
// Ids are hostile input. They need no escaping because no prefix is the beginning of another (see `checkPrefixes`):
// whatever an id contains, its key starts with its own model's prefix and with no other. In a replaced package's layout
// some prefixes do begin another; there an id whose key would start with the other is no id (see `isNested`).

/** Ids and user ids may be this long, in UTF-16 code units. */
export const MAX_ID_LENGTH = 512;

const loneSurrogate = /\p{Surrogate}/u;

/**
 * Whether this can be an id: a string of 1 to 512 code units, well-formed. (All lone surrogates become the same bytes in
 * UTF-8, so two ids with them could meet in one key.)
 */
export function isId(id: unknown): id is string {
  return isName(id, MAX_ID_LENGTH);
}

/** The same for a string of another length. */
export function isName(name: unknown, maxLength: number): name is string {
  return typeof name === "string" && name.length > 0 && name.length <= maxLength && !loneSurrogate.test(name);
}

export function checkId(name: string, id: unknown): asserts id is string {
  if (!isId(id)) throw new TypeError(`${name} must be a well-formed string of 1 to ${MAX_ID_LENGTH} characters`);
}

/** Whether the key of an id would lie in the tree of another model: one whose prefix begins with this one's. */
export function isNested(prefix: string, id: string, nested: readonly string[]): boolean {
  const own = key(prefix, id);
  return nested.some((other) => other.length > prefix.length && own.startsWith(other));
}

export function key(prefix: string, id: string): string {
  return prefix + id;
}

/**
 * Refuses prefixes under which one key could belong to two models.
 *
 * @param prefixes Option name to prefix, of those that share one database.
 * @param mayBegin Whether the first option's prefix may be the beginning of the second's, because ids are checked with
 *   {@link isNested}. Default: never.
 * @throws {TypeError} naming the option.
 */
export function checkPrefixes(
  prefixes: Readonly<Record<string, string>>,
  mayBegin: (outer: string, inner: string) => boolean = () => false,
): void {
  const entries = Object.entries(prefixes);
  for (const [name, prefix] of entries) {
    if (typeof prefix !== "string" || loneSurrogate.test(prefix) || prefix.length > MAX_ID_LENGTH) {
      throw new TypeError(`option "${name}" must be a well-formed string of at most ${MAX_ID_LENGTH} characters`);
    }
    for (const [otherName, other] of entries) {
      if (name === otherName || !other.startsWith(prefix)) continue;
      if (other !== prefix && mayBegin(name, otherName)) continue;
      throw new TypeError(
        `option "${name}" (${JSON.stringify(prefix)}) is the beginning of option "${otherName}" ` +
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

/** A `MATCH` pattern for all keys that start with a prefix. */
export function scanPattern(prefix: string): string {
  return `${prefix.replace(/[\\*?[\]]/g, "\\$&")}*`;
}
