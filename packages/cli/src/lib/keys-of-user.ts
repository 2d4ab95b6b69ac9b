import { type Layout, type OtherKeys, parseObject, type SessionItem } from "redis-keyspace/adapter";
import { CliError } from "./cli-error.js";
import type { Connection } from "./connection.js";
import { exitCodes } from "./exit-codes.js";
import { KeyMap, type OwnKey } from "./key-map.js";
import { type LayoutFlags, layoutOf, type ScanFlags } from "./options.js";
import { startingWith } from "./patterns.js";
import { readAll } from "./read-from.js";
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
  /** Which of the user's names it has. */
  readonly name: string;
}

interface Search {
  /** What is looked at. `sessions`: nothing else. */
  readonly among: "everything" | "sessions";
  /** The user's id, and e-mail addresses of the user. */
  readonly names: readonly string[];
  /** Is told how many keys have been looked at. */
  readonly onPage?: (keys: number) => void;
  /** Told that all keys come again. */
  readonly onAnew?: () => void;
}

type Candidate = Pick<KeyOfUser, "kind"> & Pick<OtherKeys, "type">;

const SESSION = "session";
const POINTER_OF_EMAIL = "e-mail address";

/** The members by which a record without an owner names whom it is for. */
const NAMING = ["identifier", "email", "value"];

/**
 * Every key of a layout that names a user or whose record does, whether an index lists it or not: it looks at all of them.
 * The first name is the user's id.
 */
export async function* keysOfUser(
  connection: Connection,
  layout: Layout,
  { among, names, onPage, onAnew }: Search,
  limits: ScanLimits,
): AsyncGenerator<KeyOfUser, void, undefined> {
  const map = new KeyMap(layout);
  const beginning = among === "sessions" ? layout.sessions.sessionPrefix : map.beginning;
  const found = new Set<string>();
  // Once: each SCAN goes through the whole database, whatever its pattern.
  for await (const { node, keys } of scan(connection, { pattern: startingWith(beginning), ...limits, onAnew })) {
    const known = keys.flatMap((key) => {
      const own = map.own(key);
      return own === null ? [] : [{ key, own, candidates: candidatesOf(own) }];
    });
    const texts = known.filter(({ candidates }) => candidates[0]?.type === "string");
    const gets = texts.map(({ key }) => ["GET", key] as const);
    const values = await readAll(connection, node, gets);
    const valueByKey = new Map(texts.map(({ key }, i) => [key, typeof values[i] === "string" ? values[i] : null]));
    for (const { key, own, candidates } of known) {
      const { prefix, id: rest } = own;
      const value = valueByKey.get(key) ?? null;
      for (const { kind, type } of candidates) {
        const name = nameIn(layout, { kind, type, rest, value }, names);
        if (name === undefined || found.has(key) || (among === "sessions" && kind !== SESSION)) continue;
        found.add(key);
        yield { key, kind, prefix, rest, value, name };
      }
    }
    onPage?.(known.length);
  }
}

/** All of them, by which names, and how many keys were looked at. Tells how far it is. */
export async function findKeysOfUser(
  connection: Connection,
  flags: LayoutFlags & ScanFlags,
  known: readonly string[],
  terminal: Terminal,
): Promise<{ readonly found: KeyOfUser[]; readonly looked: number; readonly names: readonly string[] }> {
  const layout = layoutOf(flags);
  const names = await ownNames(connection, layout, known);
  const found: KeyOfUser[] = [];
  let looked = 0;
  const onPage = (keys: number): void => {
    looked += keys;
    terminal.progress(`${counted(looked, "key")} looked at, ${found.length} kept of ${names[0]}`);
  };
  const onAnew = (): void => {
    looked = 0;
  };
  await walking(connection, flags, async (walk) => {
    const search = { among: "everything", names, onPage, onAnew } as const;
    for await (const key of keysOfUser(connection, layout, search, walk)) found.push(key);
  });
  return { found, looked, names };
}

/** Whether it is a session in the search's answer. */
export function isSession({ kind }: KeyOfUser): boolean {
  return kind === SESSION;
}

/**
 * Besides the id: e-mail addresses, to which tokens are sent. Users' records and live sessions have one.
 *
 * @throws {CliError} if the address of `--email` is another user's.
 */
export async function namesOf(
  connection: Connection,
  layout: Layout,
  userId: string,
  { email, sessions }: { readonly email: string | undefined; readonly sessions: readonly SessionItem<unknown>[] },
): Promise<string[]> {
  const { command } = connection;
  const { others } = layout;
  if (email !== undefined) await checkEmail(connection, layout, userId, email);
  const users = others.find(({ name }) => name === "user");
  const record = users === undefined ? null : await command("GET", users.prefix + userId);
  const emails = [
    email,
    parseObject(String(record))?.["email"],
    ...sessions.map(({ session }) => (session as { readonly user?: { readonly email?: unknown } | null }).user?.email),
  ];
  return [...new Set([userId, ...emails.filter((email) => typeof email === "string" && email !== "")])] as string[];
}

async function checkEmail(connection: Connection, layout: Layout, userId: string, email: string): Promise<void> {
  if (layout.others.length === 0) throw new CliError("this preset keeps no e-mail addresses", exitCodes.usage);
  const names = await ownNames(connection, layout, [userId, email]);
  if (!names.includes(email)) throw new CliError("this e-mail address is another user's", exitCodes.usage);
}

/** Without e-mail addresses that are another user's by now. */
async function ownNames(
  { command }: Connection,
  { others }: Layout,
  [userId = "", ...emails]: readonly string[],
): Promise<string[]> {
  const pointers = others.find(({ name }) => name === POINTER_OF_EMAIL);
  if (pointers === undefined) return [userId, ...emails];
  const owners = await Promise.all(emails.map((email) => command("GET", pointers.prefix + email)));
  return [userId, ...emails.filter((_, i) => owners[i] === null || isId(owners[i], userId))];
}

/** Whose a session is, also one that is sealed; `undefined` for what is none. */
function ownerOf({ sessions: { record } }: Layout, text: string, storedId: string): string | null | undefined {
  const { sealed, userId } = parseObject(text) ?? {};
  if (typeof sealed === "string") return typeof userId === "string" ? userId : null;
  const session = record.decode(text, storedId);
  return session === null ? undefined : record.userId(session);
}

/** The name by which a key is the user's; `undefined` if it is not. */
function nameIn(
  layout: Layout,
  { kind, type, rest, value }: Candidate & Pick<KeyOfUser, "rest" | "value">,
  names: readonly string[],
): string | undefined {
  const [userId = ""] = names;
  const ifIts = (isIts: boolean): string | undefined => (isIts ? userId : undefined);
  if (kind === SESSION) return ifIts(value !== null && ownerOf(layout, value, rest) === userId);
  // Another user can have the same address by now.
  if (kind === POINTER_OF_EMAIL) return ifIts(isId(value, userId));
  if (kind === "user") return ifIts(rest === userId);
  if (names.includes(rest)) return rest;
  if (type !== "string" || value === null) return undefined;
  if (isId(value, userId)) return userId;
  const json = parseObject(value) ?? {};
  const owner = json["userId"] ?? json["user_id"];
  if (owner !== undefined && owner !== null) return ifIts(String(owner) === userId);
  return names.find((name) => NAMING.some((member) => json[member] === name));
}

/** Some keys point to a user by the id alone. */
function isId(value: unknown, userId: string): boolean {
  return value === userId || value === JSON.stringify(userId);
}

/** What a key may be. */
function candidatesOf(own: OwnKey): readonly Candidate[] {
  if (own.kind === "index") return [{ kind: "index of sessions", type: "zset" }];
  if (own.kind === "legacy-set") return [{ kind: "set of sessions", type: "set" }];
  const others = own.keys === undefined ? [] : [{ kind: own.keys.name, type: own.keys.type }];
  return own.kind === "session" ? [{ kind: SESSION, type: "string" }, ...others] : others;
}
