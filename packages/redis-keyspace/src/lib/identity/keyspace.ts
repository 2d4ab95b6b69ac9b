import { checkPrefixes, isId, isName, isNested, Keyspace, shareSlot, toKey } from "../keyspace.js";
import type { Driver } from "../redis/driver.js";
import { type Json, pairs } from "./json.js";

/** What the keys of records of a user start with. Each record names its user in `userId`. */
export interface PrefixesOfUser {
  readonly prefix: string;
  /** What the key of a user's index of them starts with. */
  readonly indexPrefix: string;
  /** What the keys of the replaced package's pointers to a user's last record start with. Default: none. */
  readonly pointerPrefix?: string | undefined;
}

export interface IdentityPrefixes<Kind extends string = string> {
  /** What stands in front of all the others. On a Cluster all keys need one hash tag: `{app}:`. Default: nothing. */
  readonly basePrefix?: string | undefined;
  readonly userPrefix: string;
  /** What the key of an e-mail address starts with. It holds the id of its user. */
  readonly emailPrefix: string;
  readonly tokenPrefix: string;
  /** What the key of the index of an identifier's tokens starts with. */
  readonly tokenIndexPrefix: string;
  readonly sessions: PrefixesOfUser & { readonly pointerPrefix: string };
  readonly links: Readonly<Record<Kind, PrefixesOfUser>>;
  /**
   * Which prefixes may be the beginning of which others, by the names of their options: `{ userPrefix: ["emailPrefix",
   * "sessions.prefix"] }`. An id whose key would start with the other is no id. Default: none may.
   */
  readonly nested?: Readonly<Partial<Record<string, readonly string[]>>> | undefined;
}

/** A public key credential's id may have 1023 bytes: https://www.w3.org/TR/webauthn-3/#credential-id */
const MAX_NAME_LENGTH = 2048;

/** Where a record is that is named by some of its members. */
export interface Place {
  readonly key: string;
  readonly storedId: string;
  /** Names and values, as JSON, that the record must have: two names can make up one key. */
  readonly match: readonly string[];
}

/** The same with `basePrefix` in front of each of them. */
export function completed<Options extends IdentityPrefixes>(options: Options): Options {
  const { basePrefix: base = "", userPrefix, emailPrefix, tokenPrefix, tokenIndexPrefix, sessions, links } = options;
  const ofUser = <Of extends PrefixesOfUser>(of: Of): Of => ({
    ...of,
    prefix: base + of.prefix,
    indexPrefix: base + of.indexPrefix,
    pointerPrefix: of.pointerPrefix === undefined ? undefined : base + of.pointerPrefix,
  });
  return {
    ...options,
    basePrefix: "",
    userPrefix: base + userPrefix,
    emailPrefix: base + emailPrefix,
    tokenPrefix: base + tokenPrefix,
    tokenIndexPrefix: base + tokenIndexPrefix,
    sessions: ofUser(sessions),
    links: Object.fromEntries(Object.entries(links).map(([kind, link]) => [kind, ofUser(link)])),
  };
}

/** The keys of users, of their e-mail addresses and of what belongs to them. Prefixes are complete here. */
export class IdentityKeyspace {
  readonly #prefixes: IdentityPrefixes;
  readonly #keyPrefix: string;
  /** Those that begin with another. */
  readonly #nested: readonly string[];

  /** @param keyPrefix What the client puts in front of every key. */
  constructor(prefixes: IdentityPrefixes, keyPrefix: string) {
    this.#prefixes = prefixes;
    this.#keyPrefix = keyPrefix;
    const all = Object.values(prefixesByOption(prefixes));
    this.#nested = all.filter((inner) => all.some((outer) => outer !== inner && inner.startsWith(outer)));
  }

  /** A prefix as the server sees it, for keys that scripts make up. */
  made(prefix: string): string {
    return this.#keyPrefix + prefix;
  }

  isUser(id: unknown): id is string {
    return isId(id) && !this.isNested(this.#prefixes.userPrefix, id);
  }

  user(id: string): string {
    return toKey(this.#prefixes.userPrefix, id);
  }

  /** The key of an e-mail address, or `null` for what is none. */
  address(email: unknown): string | null {
    const { emailPrefix } = this.#prefixes;
    return isId(email) && !this.isNested(emailPrefix, email) ? toKey(emailPrefix, email) : null;
  }

  tokenIndex(identifier: string): string {
    return toKey(this.#prefixes.tokenIndexPrefix, identifier);
  }

  /** The key of a user's index of records of this kind. */
  index({ indexPrefix }: PrefixesOfUser, userId: string): string {
    return toKey(indexPrefix, userId);
  }

  pointer({ pointerPrefix }: PrefixesOfUser, userId: string): string | undefined {
    return pointerPrefix === undefined ? undefined : toKey(pointerPrefix, userId);
  }

  /** Where the record with these members is, or `null` if they cannot make up a key. */
  place(prefix: string, names: readonly string[], of: Json): Place | null {
    const parts = names.map((name) => of[name]);
    if (!parts.every((part) => isName(part, MAX_NAME_LENGTH))) return null;
    const storedId = parts.join(":");
    if (this.isNested(prefix, storedId)) return null;
    const match = pairs(Object.fromEntries(names.map((name, i) => [name, parts[i]])));
    return { key: toKey(prefix, storedId), storedId, match };
  }

  /** Whether the key of an id would be one of another model's. */
  isNested(prefix: string, id: string): boolean {
    return isNested(prefix, id, this.#nested);
  }
}

/** The keys of sessions whose users are beside them. */
export class UserSessionKeyspace extends Keyspace {
  readonly #identity: IdentityKeyspace;
  readonly #prefixes: PrefixesOfUser & { readonly pointerPrefix: string };
  /** As the server sees it, for keys that scripts make up. */
  readonly pointerPrefix: string;

  constructor(
    identity: IdentityKeyspace,
    prefixes: PrefixesOfUser & { readonly pointerPrefix: string },
    options: { readonly keyPrefix: string; readonly hashIds: boolean },
  ) {
    const { prefix, indexPrefix, pointerPrefix } = prefixes;
    super({ sessionPrefix: prefix, userSessionsPrefix: indexPrefix }, options);
    this.#identity = identity;
    this.#prefixes = prefixes;
    this.pointerPrefix = identity.made(pointerPrefix);
  }

  /** The key of the replaced package's pointer to a user's last session. */
  pointer(userId: string): string {
    return toKey(this.#prefixes.pointerPrefix, userId);
  }

  user(userId: string): string {
    return this.#identity.user(userId);
  }

  override isSessionId(id: unknown): id is string {
    return super.isSessionId(id) && !this.#isNested(id);
  }

  override checkSessionId(name: string, id: unknown): asserts id is string {
    super.checkSessionId(name, id);
    if (this.#isNested(id as string)) throw new TypeError(`${name} must not be one of another model's`);
  }

  override isUserId(id: unknown): id is string {
    return this.#identity.isUser(id);
  }

  #isNested(id: string): boolean {
    return this.#identity.isNested(this.#prefixes.prefix, id);
  }
}

/**
 * Refuses prefixes under which one key could belong to two models, and on a Cluster those that do not share a slot.
 *
 * @throws {TypeError} naming the option.
 */
export function checkIdentityPrefixes(
  prefixes: IdentityPrefixes,
  { cluster, keyPrefix }: Driver,
  named: (option: string) => string,
): void {
  const { basePrefix = "", nested = {} } = prefixes;
  checkPrefixes({ [named("basePrefix")]: basePrefix });
  const options = prefixesByOption(prefixes);
  checkPrefixes(options, (outer, inner) => nested[outer]?.includes(inner) ?? false, named);
  if (cluster && !shareSlot(Object.values(options).map((prefix) => keyPrefix + basePrefix + prefix))) {
    throw new TypeError(
      `option "${named("basePrefix")}" must have a {hash tag} on a Cluster: all keys have to share a slot`,
    );
  }
}

/** Those of records first: what an error names is then what the caller knows best. */
function prefixesByOption({ sessions, links, ...own }: IdentityPrefixes): Record<string, string> {
  const ofUser = [
    ["sessions", sessions] as const,
    ...Object.entries(links).map(([kind, link]) => [`links.${kind}`, link] as const),
  ];
  const of = (name: keyof PrefixesOfUser): [string, string][] =>
    ofUser.flatMap(([option, { [name]: prefix }]) => (prefix === undefined ? [] : [[`${option}.${name}`, prefix]]));
  const { userPrefix, emailPrefix, tokenPrefix, tokenIndexPrefix } = own;
  return {
    ...{ emailPrefix, tokenPrefix },
    ...Object.fromEntries([...of("prefix"), ...of("pointerPrefix")]),
    ...{ userPrefix, tokenIndexPrefix },
    ...Object.fromEntries(of("indexPrefix")),
  };
}
