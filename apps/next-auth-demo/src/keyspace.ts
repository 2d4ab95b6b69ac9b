import { masked, readable, type StoredKey } from "@redis-keyspace/demo-kit/keyspace";
import { KeyspaceError } from "redis-keyspace";
import { keyPrefix } from "./adapter";
import { keys as reader } from "./redis";
import type { Visit } from "./visit";

// Where the adapter keeps what it has of a user. The legacy names are those of `@auth/upstash-redis-adapter`.
const of = (name: string): string => `${keyPrefix}${name}`;
const prefixes = {
  user: of("user:"),
  email: of("user:email:"),
  account: of("user:account:"),
  accountPointer: of("user:account:by-user-id:"),
  session: of("user:session:"),
  sessionPointer: of("user:session:by-user-id:"),
  token: of("user:token:"),
};
export const sessionPrefix = prefixes.session;

const indexes = {
  session: of("index:user:session:"),
  account: of("index:user:account:"),
  token: of("index:user:token:"),
};

type User = Pick<Visit, "userId" | "email">;

/** Every key of a user, read with plain commands past the adapter, in two requests. There is no SCAN here. */
export async function readKeys({ userId, email }: User): Promise<StoredKey[]> {
  const zsets = [
    { key: indexes.session + userId, ofMember: (handle: string) => prefixes.session + handle },
    { key: indexes.account + userId, ofMember: (name: string) => prefixes.account + name },
    { key: indexes.token + email, ofMember: (token: string) => `${prefixes.token}${email}:${token}` },
  ];
  const found = await zsetsAt(zsets.map(({ key }) => key));
  const named = zsets.flatMap(({ ofMember }, n) => found[n]?.members.map(ofMember) ?? []);
  const known = [
    prefixes.user + userId,
    prefixes.email + email,
    prefixes.accountPointer + userId,
    prefixes.sessionPointer + userId,
  ];
  return [...found.flatMap(({ stored }) => stored ?? []), ...(await stringsAt([...known, ...named]))];
}

/** How many of these keys Redis has. */
export async function countKeys(keys: readonly string[]): Promise<number> {
  return keys.length === 0 ? 0 : await answered(reader.count(keys));
}

/** Whether one of these keys is an account of this provider. */
export function hasAccount(keys: readonly StoredKey[], provider: string): boolean {
  return keys.some(({ key }) => key.startsWith(`${prefixes.account}${provider}:`));
}

/** What the page and its script get: tokens and hashes are shortened before they leave the server. */
export function shown({ key, value, ...rest }: StoredKey): StoredKey {
  return { ...rest, key: masked(key), value: readable(value) };
}

interface Zset {
  readonly members: string[];
  readonly stored: StoredKey | null;
}

async function zsetsAt(keys: readonly string[]): Promise<Zset[]> {
  const replies = await answered(reader.zsets(keys));
  return replies.map(([flat, pttl], n) => {
    const entries = pairs(flat);
    const value = entries.map((entry) => entry.join("  ")).join("\n");
    const stored = { key: keys[n] ?? "", type: "zset", ttlMs: ttlOf(pttl), value };
    return { members: entries.map(([member]) => member), stored: entries.length === 0 ? null : stored };
  });
}

async function stringsAt(keys: readonly string[]): Promise<StoredKey[]> {
  const replies = await answered(reader.strings(keys));
  return replies.flatMap(([value, pttl], n) =>
    value === null ? [] : [{ key: keys[n] ?? "", type: "string", ttlMs: ttlOf(pttl), value }],
  );
}

function ttlOf(pttl: number): number | null {
  return pttl < 0 ? null : pttl;
}

function pairs(flat: readonly string[]): [member: string, score: string][] {
  return flat.flatMap((member, n) => (n % 2 === 0 ? [[member, flat[n + 1] ?? ""]] : []));
}

async function answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch {
    // The client's own error quotes the command, and Next prints what a page throws.
    throw new KeyspaceError("ERR_REDIS_UNAVAILABLE", "the keys cannot be read");
  }
}
