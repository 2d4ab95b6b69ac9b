import type { Script } from "../driver.js";
import type { RedisClient } from "../drivers/recognise.js";
import { toDriver } from "../drivers/recognise.js";
import { checkPrefixes, hashTag, isId, isName, isNested, key } from "../keys.js";
import { checkInteger, checkJoint } from "../options.js";
import { Runner } from "../runner.js";
import type { CommonOptions } from "../store/store-options.js";

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** What the keys of records of a user start with. Each record names its user in `userId`. */
export interface OfUser {
  readonly prefix: string;
  /** What the key of a user's index of them starts with. */
  readonly indexPrefix: string;
  /** What the keys of the replaced package's pointers to a user's last record start with. Default: none. */
  readonly pointerPrefix?: string | undefined;
}

export interface LinkOptions extends OfUser {
  /** The members of a record that make up its key, in this order, with colons between. */
  readonly key: readonly string[];
}

export interface IdentityStoreOptions<Kind extends string> extends Pick<CommonOptions, "observe" | "commandTimeoutMs"> {
  readonly userPrefix: string;
  /** What the key of an e-mail address starts with. It holds the id of its user. */
  readonly emailPrefix: string;
  readonly tokenPrefix: string;
  /** What the key of the index of an identifier's tokens starts with. */
  readonly tokenIndexPrefix: string;
  /** The sessions that `users.delete` ends. See `createOwnedRecordStore`. */
  readonly sessions: OfUser;
  /** What can be linked to a user: accounts, authenticators. */
  readonly links: Readonly<Record<Kind, LinkOptions>>;
  /** Prefixes of any model that begin with another's. An id whose key would start with one of them is no id. */
  readonly nested?: readonly string[] | undefined;
}

/** A public key credential's id may have 1023 bytes: https://www.w3.org/TR/webauthn-3/#credential-id */
const MAX_NAME_LENGTH = 2048;

export interface Place {
  /** The id as it stands in indexes. */
  readonly id: string;
  readonly key: string;
  /** Names and values, as JSON, that the record must have: two names can make up one key. */
  readonly match: readonly string[];
}

/** Where the records are, and the means to reach them. */
export interface Layout {
  readonly options: IdentityStoreOptions<string>;
  /** A prefix as the server sees it, for keys that scripts make up. */
  full(prefix: string | undefined): string;
  isUser(id: unknown): id is string;
  /** The key of an e-mail address, or `null` for what is none. */
  emailKey(email: unknown): string | null;
  /** Where the record with these members is, or `null` if they cannot make up a key. */
  place(prefix: string, names: readonly string[], of: Json): Place | null;
  get(key: string): Promise<string | null>;
  /** The text that a script answered, or a number. */
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

export function openLayout(client: RedisClient, options: IdentityStoreOptions<string>): Layout {
  const { userPrefix, emailPrefix, tokenPrefix, tokenIndexPrefix, nested = [], commandTimeoutMs } = options;
  if (commandTimeoutMs !== undefined) checkInteger("commandTimeoutMs", commandTimeoutMs, 1, 600_000);
  const prefixes: Record<string, string> = { userPrefix, emailPrefix, tokenPrefix, tokenIndexPrefix };
  for (const [kind, { prefix, indexPrefix, pointerPrefix }] of Object.entries({
    sessions: options.sessions,
    ...options.links,
  })) {
    prefixes[`${kind}.prefix`] = prefix;
    prefixes[`${kind}.indexPrefix`] = indexPrefix;
    if (pointerPrefix !== undefined) prefixes[`${kind}.pointerPrefix`] = pointerPrefix;
  }
  checkPrefixes(prefixes, (_, inner) => nested.includes(prefixes[inner] ?? ""));

  const driver = toDriver("client", client);
  const tags = Object.values(prefixes).map((prefix) => hashTag(driver.keyPrefix + prefix));
  checkJoint("userPrefix", driver, !driver.cluster || (tags[0] !== null && tags.every((tag) => tag === tags[0])));
  const runner = new Runner(driver, commandTimeoutMs);

  return {
    options,
    full: (prefix) => (prefix === undefined ? "" : driver.keyPrefix + prefix),
    isUser: (id): id is string => isId(id) && !isNested(userPrefix, id, nested),
    emailKey: (email) => (isId(email) && !isNested(emailPrefix, email, nested) ? key(emailPrefix, email) : null),
    place(prefix, names, of) {
      const parts = names.map((name) => of[name]);
      if (!parts.every((part) => isName(part, MAX_NAME_LENGTH))) return null;
      const id = parts.join(":");
      if (isNested(prefix, id, nested)) return null;
      return { id, key: key(prefix, id), match: pairs(Object.fromEntries(names.map((name, i) => [name, parts[i]]))) };
    },
    get: (key) => runner.get(key),
    run: (script, keys, args) => runner.run(script, keys, args),
  };
}

/** Names and values as JSON, without what is undefined. */
export function pairs(members: Json): string[] {
  return Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .flatMap((member) => member.map((part) => JSON.stringify(part)));
}
