import { isOperationKey, type Layout, type OtherKeys, parseObject } from "redis-keyspace/adapter";
import type { Connection } from "./connection.js";
import { type LayoutFlags, layoutOf, type ScanFlags } from "./options.js";
import { startingWith } from "./patterns.js";
import { scan } from "./scan.js";
import type { Terminal } from "./terminal.js";
import { type ScanLimits, walking } from "./walk.js";
import { counted } from "./words.js";

/** A key that names a user, or whose value does. */
export interface KeyOfUser {
  readonly key: string;
  /** `session`, `index of sessions`, or as the layout calls it. */
  readonly kind: string;
  /** What the key starts with. */
  readonly prefix: string;
  /** The rest of it. */
  readonly rest: string;
  /** `null` for what is no text. */
  readonly value: string | null;
}

interface Search {
  /** What is looked at. `sessions`: nothing else. */
  readonly among: "everything" | "sessions";
  /** The user's id, and other names that records may have for the user. */
  readonly names: readonly string[];
  /** Is told how many keys have been looked at. */
  readonly onPage?: (keys: number) => void;
}

type Kind = Pick<OtherKeys, "name" | "prefix" | "type">;

const SESSION = "session";

/** The members by which a record without an owner names whom it is for. */
const NAMING = ["identifier", "email", "value"];

/**
 * Every key of a layout that names a user or whose record does, whether an index lists it or not: it looks at all of them.
 * The first name is the user's id.
 */
export async function* keysOfUser(
  connection: Connection,
  layout: Layout,
  { among, names, onPage }: Search,
  { pace, signal }: ScanLimits,
): AsyncGenerator<KeyOfUser, void, undefined> {
  const kinds = kindsOf(layout);
  const prefixes = among === "sessions" ? [layout.sessions.sessionPrefix] : kinds.map(({ prefix }) => prefix);
  const found = new Set<string>();
  // Once: each SCAN goes through the whole database, whatever its pattern.
  for await (const { node, keys } of scan(connection, { pattern: startingWith(beginningOf(prefixes)), pace, signal })) {
    const known = keys
      .map((key) => ({ key, of: kindsOfKey(kinds, key) }))
      .filter(({ key, of }) => of.length > 0 && !isOperationKey(key));
    const texts = known.filter(({ of }) => of[0]?.type === "string");
    const values = await node.pipeline(texts.map(({ key }) => ["GET", key]));
    const valueByKey = new Map(texts.map(({ key }, i) => [key, typeof values[i] === "string" ? values[i] : null]));
    for (const { key, of } of known) {
      const value = valueByKey.get(key) ?? null;
      const kind = of.find((candidate) => isOf(layout, candidate, key.slice(candidate.prefix.length), value, names));
      if (kind === undefined || found.has(key) || (among === "sessions" && kind.name !== SESSION)) continue;
      found.add(key);
      yield { key, kind: kind.name, prefix: kind.prefix, rest: key.slice(kind.prefix.length), value };
    }
    onPage?.(known.length);
  }
}

/** All of them, and how many keys were looked at. Tells how far it is. */
export async function findKeysOfUser(
  connection: Connection,
  flags: LayoutFlags & ScanFlags,
  names: readonly string[],
  terminal: Terminal,
): Promise<{ readonly found: KeyOfUser[]; readonly looked: number }> {
  const found: KeyOfUser[] = [];
  let looked = 0;
  const onPage = (keys: number): void => {
    looked += keys;
    terminal.progress(`${counted(looked, "key")} looked at, ${found.length} kept of ${names[0]}`);
  };
  await walking(connection, flags, async (walk) => {
    const search = { among: "everything", names, onPage } as const;
    for await (const key of keysOfUser(connection, layoutOf(flags), search, walk)) found.push(key);
  });
  return { found, looked };
}

/** Whether it is a session in the search's answer. */
export function isSession({ kind }: KeyOfUser): boolean {
  return kind === SESSION;
}

/** Besides the id: the e-mail address, to which tokens are sent. */
export async function namesOf(
  { command }: Connection,
  { others }: Layout,
  userId: string,
  sessions: readonly { readonly session: unknown }[],
): Promise<string[]> {
  const users = others.find(({ name }) => name === "user");
  const record = users === undefined ? null : await command("GET", users.prefix + userId);
  const emails = [
    parseObject(String(record))?.["email"],
    ...sessions.map(({ session }) => (session as { readonly user?: { readonly email?: unknown } | null }).user?.email),
  ];
  return [...new Set([userId, ...emails.filter((email) => typeof email === "string" && email !== "")])] as string[];
}

/** Whose a session is, also one that is sealed; `undefined` for what is none. */
function ownerOf({ sessions: { record } }: Layout, text: string, storedId: string): string | null | undefined {
  const { sealed, userId } = parseObject(text) ?? {};
  if (typeof sealed === "string") return typeof userId === "string" ? userId : null;
  const session = record.decode(text, storedId);
  return session === null ? undefined : record.userId(session);
}

function isOf(
  layout: Layout,
  { name, type }: Kind,
  rest: string,
  value: string | null,
  names: readonly string[],
): boolean {
  const [userId = ""] = names;
  if (name === SESSION) return value !== null && ownerOf(layout, value, rest) === userId;
  if (names.includes(rest)) return true;
  // Another user can have had the same address.
  if (name === "user") return false;
  if (type !== "string" || value === null) return false;
  // Some point to a user by the id alone.
  if (value === userId || value === JSON.stringify(userId)) return true;
  const json = parseObject(value) ?? {};
  const owner = json["userId"] ?? json["user_id"];
  if (owner !== undefined && owner !== null) return String(owner) === userId;
  return NAMING.some((member) => names.includes(json[member] as string));
}

function kindsOf({ sessions, others }: Layout): Kind[] {
  const { sessionPrefix, userSessionsPrefix, legacyIndexPrefix } = sessions;
  const kinds: Kind[] = [
    { name: SESSION, prefix: sessionPrefix, type: "string" },
    { name: "index of sessions", prefix: userSessionsPrefix, type: "zset" },
    ...others,
  ];
  if (legacyIndexPrefix !== undefined) kinds.push({ name: "set of sessions", prefix: legacyIndexPrefix, type: "set" });
  return kinds;
}

/** Those with the longest prefix: a session and something else can have the same. */
function kindsOfKey(kinds: readonly Kind[], key: string): Kind[] {
  const all = kinds.filter(({ prefix }) => key.startsWith(prefix));
  const longest = Math.max(...all.map(({ prefix }) => prefix.length));
  return all.filter(({ prefix }) => prefix.length === longest);
}

/** What all of them begin with. */
function beginningOf([first = "", ...others]: readonly string[]): string {
  let length = first.length;
  while (!others.every((other) => other.startsWith(first.slice(0, length)))) length--;
  return first.slice(0, length);
}
