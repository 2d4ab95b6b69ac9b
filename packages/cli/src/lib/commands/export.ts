import { Command } from "commander";
import { type LayoutStore, parseObject } from "redis-keyspace/adapter";
import type { Connection } from "../connection.js";
import { exitCodes } from "../exit-codes.js";
import { shownHandle } from "../handles.js";
import { findKeysOfUser, isSession, type KeyOfUser, namesOf } from "../keys-of-user.js";
import { masked, maskedKey } from "../masks.js";
import { adviceWhereNone } from "../nothing-found.js";
import {
  type CommonOptions,
  checkNamesUsers,
  connected,
  type LayoutFlags,
  layoutOf,
  openStore,
  type PersonFlags,
  type ScanFlags,
  withCommonOptions,
  withLayoutOptions,
  withPersonOptions,
  withScanOptions,
} from "../options.js";
import type { Ended } from "../program.js";
import { Terminal } from "../terminal.js";

type Options = CommonOptions & LayoutFlags & ScanFlags & PersonFlags & { readonly showData?: boolean };

/** `export <user>`: all that is kept of a person. */
export function exportCommand(ended: Ended): Command {
  const command = new Command("export")
    .description("all that is kept of a person, as JSON: looks at every key of the preset")
    .argument("<user>", "the user's id")
    .option("--show-data", "values as they are stored, but for ids of sessions; otherwise they are masked")
    .addHelpText("after", "\nExample:\n  redis-keyspace export user-42 --preset next-auth --show-data > user-42.json");
  return withPersonOptions(withScanOptions(withLayoutOptions(withCommonOptions(command)))).action(
    async (userId: string, options: Options) => {
      checkNamesUsers(options);
      // It is JSON with and without the flag.
      const terminal = new Terminal({ json: true });
      await connected(options, async (connection) => {
        const { kept, names } = await keptOf(connection, userId, options, terminal);
        terminal.result({ userId, names, kept });
        if (kept.length > 0) return;
        const advice = await adviceWhereNone(connection, options);
        if (advice !== undefined) terminal.note(advice);
        ended(exitCodes.found);
      });
    },
  );
}

interface Kept {
  /** `session`, `account` … */
  readonly kind: string;
  /** Masked where it may sign in. */
  readonly key: string;
  readonly handle?: string;
  readonly value?: unknown;
}

async function keptOf(
  connection: Connection,
  userId: string,
  options: Options,
  terminal: Terminal,
): Promise<{ readonly kept: readonly Kept[]; readonly names: readonly string[] }> {
  const store = openStore(connection, options);
  const layout = layoutOf(options);
  const { email } = options;
  const known = await namesOf(connection, layout, userId, { email, sessions: await store.list(userId) });
  const { found, names } = await findKeysOfUser(connection, options, known, terminal);
  const handles = await handlesOf(found);
  // A person's own names need no mask, and handles are one.
  const plain = new Set([...names, ...handles.values()]);
  const shown = (text: string): string => {
    const safe = withHandles(text, handles);
    return options.showData === true || plain.has(safe) ? safe : masked(safe);
  };
  return { kept: await Promise.all(found.map((key) => toKept(store, key, names, shown))), names };
}

/** By the ids of sessions in keys, which sign in. */
async function handlesOf(found: readonly KeyOfUser[]): Promise<ReadonlyMap<string, string>> {
  const sessions = found.filter(isSession).map(async ({ rest }) => [rest, await shownHandle(rest)] as const);
  return new Map(await Promise.all(sessions));
}

function withHandles(text: string, handles: ReadonlyMap<string, string>): string {
  let without = text;
  for (const [id, handle] of handles) without = without.replaceAll(id, handle);
  return without;
}

async function toKept(
  store: LayoutStore,
  found: KeyOfUser,
  names: readonly string[],
  shown: (text: string) => string,
): Promise<Kept> {
  const { kind, prefix, rest, key } = found;
  const shownKey = names.includes(rest) ? key : maskedKey(prefix, key);
  const handle = isSession(found) ? { handle: await shownHandle(rest) } : {};
  const text = await openedText(store, found);
  return { kind, key: shownKey, ...handle, ...(text !== null && { value: withTexts(parsed(text), shown) }) };
}

/** What is in it, also in a session that is sealed. */
async function openedText(store: LayoutStore, found: KeyOfUser): Promise<string | null> {
  const { value, rest } = found;
  if (!isSession(found) || value === null || typeof parseObject(value)?.["sealed"] !== "string") return value;
  const [item] = await store.getByHandles([rest]);
  return item === undefined ? value : JSON.stringify(item.session);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The same JSON with other texts. */
function withTexts(value: unknown, shown: (text: string) => string): unknown {
  if (typeof value === "string") return shown(value);
  if (Array.isArray(value)) return value.map((item) => withTexts(item, shown));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withTexts(inner, shown)]));
}
