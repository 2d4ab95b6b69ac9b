import { Command } from "commander";
import { type LayoutStore, parseObject } from "redis-keyspace/adapter";
import type { Connection } from "../connection.js";
import { exitCodes } from "../exit-codes.js";
import { shownHandle } from "../handles.js";
import { isSession, type KeyOfUser, keysOfUser, namesOf } from "../keys-of-user.js";
import { masked, maskedKey } from "../masks.js";
import { adviceWhereNone } from "../nothing-found.js";
import {
  type CommonOptions,
  checkNamesUsers,
  connected,
  type LayoutFlags,
  layoutOf,
  openStore,
  type ScanFlags,
  withCommonOptions,
  withLayoutOptions,
  withScanOptions,
} from "../options.js";
import type { Ended } from "../program.js";
import { Terminal } from "../terminal.js";
import { walking } from "../walk.js";

type Options = CommonOptions & LayoutFlags & ScanFlags & { readonly showData?: boolean };

/** `export <user>`: all that is kept of a person. */
export function exportCommand(ended: Ended): Command {
  const command = new Command("export")
    .description("all that is kept of a person, as JSON: looks at every key of the preset")
    .argument("<user>", "the user's id")
    .option("--show-data", "values as they are stored, but for ids of sessions; otherwise they are masked")
    .addHelpText("after", "\nExample:\n  redis-keyspace export user-42 --preset next-auth --show-data > user-42.json");
  return withScanOptions(withLayoutOptions(withCommonOptions(command))).action(
    async (userId: string, options: Options) => {
      checkNamesUsers(options);
      // It is JSON with and without the flag.
      const terminal = new Terminal({ json: true });
      await connected(options, async (connection) => {
        const kept = await keptOf(connection, userId, options, terminal);
        terminal.result({ userId, kept });
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
): Promise<Kept[]> {
  const store = openStore(connection, options);
  const layout = layoutOf(options);
  const names = await namesOf(connection, layout, userId, await store.list(userId));
  return await walking(connection, options, async (walk) => {
    const kept: Kept[] = [];
    let looked = 0;
    const onPage = (keys: number): void => {
      looked += keys;
      terminal.progress(`${looked.toLocaleString("en")} keys looked at, ${kept.length} kept of ${userId}`);
    };
    for await (const found of keysOfUser(connection, layout, { among: "everything", names, onPage }, walk)) {
      kept.push(await toKept(store, found, names, options.showData === true));
    }
    return kept;
  });
}

async function toKept(
  store: LayoutStore,
  found: KeyOfUser,
  names: readonly string[],
  showData: boolean,
): Promise<Kept> {
  const { kind, prefix, rest, key } = found;
  // A person's own names need no mask.
  const shownKey = names.includes(rest) ? key : maskedKey(prefix, key);
  const shown = (text: string): string => (showData ? text : masked(text));
  if (!isSession(found)) return { kind, key: shownKey, ...valueOf(found.value, shown) };
  const handle = await shownHandle(rest);
  const mapped = (text: string): string => (text === rest && text !== handle ? handle : shown(text));
  return { kind, key: maskedKey(prefix, key), handle, ...valueOf(await openedText(store, found), mapped) };
}

/** What is in a session, also in one that is sealed. */
async function openedText(store: LayoutStore, { value, rest }: KeyOfUser): Promise<string | null> {
  if (value === null || typeof parseObject(value)?.["sealed"] !== "string") return value;
  const [item] = await store.getByHandles([rest]);
  return item === undefined ? value : JSON.stringify(item.session);
}

function valueOf(text: string | null, shown: (text: string) => string): { readonly value?: unknown } {
  if (text === null) return {};
  const json = parseObject(text);
  return { value: json === null ? shown(text) : withTexts(json, shown) };
}

/** The same JSON with other texts. */
function withTexts(value: unknown, shown: (text: string) => string): unknown {
  if (typeof value === "string") return shown(value);
  if (Array.isArray(value)) return value.map((item) => withTexts(item, shown));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withTexts(inner, shown)]));
}
