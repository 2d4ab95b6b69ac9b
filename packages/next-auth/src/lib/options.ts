import type { CommonOptions } from "redis-keyspace";
import { checkKnown, checkPrefixes } from "redis-keyspace/identity";

/** The prefixes of `@auth/upstash-redis-adapter`, with its defaults, and what every store takes. */
export interface RedisAdapterOptions extends Omit<CommonOptions, "codec"> {
  /** What every key starts with. On a Cluster it needs a hash tag: `{app}:`. Default: nothing. */
  readonly baseKeyPrefix?: string | undefined;
  /** What the key of an account starts with. Default: `user:account:`. */
  readonly accountKeyPrefix?: string | undefined;
  /** What the key of the pointer to a user's last account starts with. Default: `user:account:by-user-id:`. */
  readonly accountByUserIdPrefix?: string | undefined;
  /** What the key of an e-mail address starts with. Default: `user:email:`. */
  readonly emailKeyPrefix?: string | undefined;
  /** What the key of a session starts with. Default: `user:session:`. */
  readonly sessionKeyPrefix?: string | undefined;
  /** What the key of the pointer to a user's last session starts with. Default: `user:session:by-user-id:`. */
  readonly sessionByUserIdKeyPrefix?: string | undefined;
  /** What the key of a user starts with. Default: `user:`. */
  readonly userKeyPrefix?: string | undefined;
  /** What the key of a verification token starts with. Default: `user:token:`. */
  readonly verificationTokenKeyPrefix?: string | undefined;
}

const defaults = {
  accountKeyPrefix: "user:account:",
  accountByUserIdPrefix: "user:account:by-user-id:",
  emailKeyPrefix: "user:email:",
  sessionKeyPrefix: "user:session:",
  sessionByUserIdKeyPrefix: "user:session:by-user-id:",
  userKeyPrefix: "user:",
  verificationTokenKeyPrefix: "user:token:",
};

type PrefixName = keyof typeof defaults;

/** The prefixes that begin with another one in the replaced package's layout. */
const nestedIn: Readonly<Partial<Record<string, readonly string[]>>> = {
  userKeyPrefix: Object.keys(defaults),
  accountKeyPrefix: ["accountByUserIdPrefix"],
  sessionKeyPrefix: ["sessionByUserIdKeyPrefix"],
};

export interface Prefixes extends Readonly<Record<PrefixName, string>> {
  readonly authenticatorPrefix: string;
  readonly index: Readonly<Record<"accounts" | "authenticators" | "sessions" | "tokens", string>>;
  /** Those that begin with another. */
  readonly nested: readonly string[];
}

/**
 * Every prefix in full. What is ours alone stands outside the tree of the replaced package.
 *
 * @throws {TypeError} naming the option that is wrong.
 */
export function prefixesOf(options: RedisAdapterOptions): Prefixes {
  checkKnown(options, [
    ...["baseKeyPrefix", ...Object.keys(defaults)],
    ...["maxSessionsPerUser", "whenFull", "hashIds", "observe", "commandTimeoutMs"],
  ]);
  const { baseKeyPrefix = "" } = options;
  checkPrefixes({ baseKeyPrefix });
  const names = Object.keys(defaults) as PrefixName[];
  const own = Object.fromEntries(names.map((name) => [name, given(options[name], defaults[name])])) as typeof defaults;
  for (const name of names) checkPrefixes({ [name]: own[name] });

  const full = (prefix: string): string => baseKeyPrefix + prefix;
  const prefixes = Object.fromEntries(names.map((name) => [name, full(own[name])])) as typeof defaults;
  const authenticatorPrefix = full("authenticator:");
  const index = {
    accounts: full(`index:${own.accountKeyPrefix}`),
    authenticators: full("index:authenticator:"),
    sessions: full(`index:${own.sessionKeyPrefix}`),
    tokens: full(`index:${own.verificationTokenKeyPrefix}`),
  };
  checkPrefixes(
    { ...prefixes, authenticatorPrefix, ...index },
    (outer, inner) => nestedIn[outer]?.includes(inner) ?? false,
  );
  const all = Object.values(prefixes);
  const nested = all.filter((inner) => all.some((outer) => outer !== inner && inner.startsWith(outer)));
  return { ...prefixes, authenticatorPrefix, index, nested };
}

/** `null` is no way to ask for a default: it would be one by mistake. */
function given(prefix: string | undefined, byDefault: string): string {
  return prefix === undefined ? byDefault : prefix;
}

/** Opens a store, which knows the prefixes by other names. */
export function naming<Store>(open: () => Store): Store {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(error.message.replace(/"(user|session)Prefix"/, '"baseKeyPrefix"'));
  }
}
