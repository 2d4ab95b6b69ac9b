import { Command } from "commander";
import type { LayoutStore } from "redis-keyspace/adapter";
import { CliError } from "../cli-error.js";
import type { Connection } from "../connection.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { Interruption } from "../interruption.js";
import { findKeysOfUser, isSession, type KeyOfUser, namesOf } from "../keys-of-user.js";
import { printable } from "../masks.js";
import { adviceWhereNone } from "../nothing-found.js";
import {
  type CommonOptions,
  checkNamesUsers,
  connected,
  type LayoutFlags,
  layoutOf,
  type PersonFlags,
  type ScanFlags,
  type WriteFlags,
  withCommonOptions,
  withLayoutOptions,
  withPersonOptions,
  withScanOptions,
  withWriteOptions,
} from "../options.js";
import type { Ended } from "../program.js";
import { checkInteractive, confirmed } from "../prompts.js";
import { toCliError } from "../redis-errors.js";
import { withTellingStore } from "../telling-store.js";
import { Terminal } from "../terminal.js";
import { counted } from "../words.js";

type Options = CommonOptions & LayoutFlags & ScanFlags & PersonFlags & WriteFlags;

/** How often what came meanwhile is removed too: somebody may sign in while it runs. */
const ROUNDS = 3;

/** `erase <user>`: removes all that is kept of a person. */
export function eraseCommand(ended: Ended): Command {
  const command = new Command("erase")
    .description("removes all that is kept of a person, and looks at every key of the preset to prove it")
    .argument("<user>", "the user's id")
    .addHelpText("after", "\nExample:\n  redis-keyspace erase user-42 --preset next-auth");
  return withWriteOptions(withPersonOptions(withScanOptions(withLayoutOptions(withCommonOptions(command))))).action(
    async (userId: string, options: Options) => {
      checkNamesUsers(options);
      const terminal = new Terminal(options);
      if (options.yes !== true) checkInteractive(terminal);
      await connected(options, async (connection) =>
        ended(
          await withTellingStore(connection, options, (store) => erase(connection, store, userId, options, terminal)),
        ),
      );
    },
  );
}

async function erase(
  connection: Connection,
  store: LayoutStore,
  userId: string,
  options: Options,
  terminal: Terminal,
): Promise<ExitCode> {
  const layout = layoutOf(options);
  const { email } = options;
  const known = await namesOf(connection, layout, userId, { email, sessions: await store.list(userId) });
  const search = () => findKeysOfUser(connection, options, known, terminal);
  let { found, looked, names } = await search();
  if (found.length === 0) {
    terminal.result({ userId, names, erased: {}, left: 0, lookedAt: looked });
    terminal.line(`nothing is kept of ${shown(names)}: ${counted(looked, "key")} looked at`);
    const advice = await adviceWhereNone(connection, options);
    if (advice !== undefined) terminal.note(advice);
    return exitCodes.found;
  }
  const erased = countsOf(found);
  const rows = Object.entries(erased).map(([kind, count]) => [kind, String(count)]);
  terminal.table([`kept of ${shown(names)}`, "keys"], rows);
  if (options.yes !== true) await confirmed(terminal, "Erase all of it? It cannot be brought back.");
  using interruption = new Interruption();
  let removed = 0;
  const removeAll = async (keys: readonly KeyOfUser[]): Promise<void> => {
    for (const key of keys) {
      interruption.check();
      await remove(connection, store, userId, key);
      removed++;
    }
  };
  try {
    for (let round = 0; round < ROUNDS && found.length > 0; round++) {
      // What only an e-mail address names comes first, while the user's record and sessions still tell the address.
      await removeAll(found.filter(({ name }) => name !== userId));
      interruption.check();
      await store.deleteUser?.(userId);
      await store.deleteAll(userId);
      await removeAll(found.filter(({ name }) => name === userId));
      ({ found, looked, names } = await search());
    }
  } catch (error) {
    const { message, exitCode } = toCliError(error, connection.name);
    throw new CliError(`${message}; at least ${counted(removed, "key")} had been erased`, exitCode, {
      advice: "The same command erases the rest",
      cause: error,
    });
  }
  terminal.result({ userId, names, erased, left: found.length, lookedAt: looked });
  if (found.length > 0) {
    terminal.line(`${counted(found.length, "key")} came back while all were erased: is ${userId} signing in?`);
    return exitCodes.found;
  }
  terminal.line(`erased. Nothing is left of ${shown(names)}: ${counted(looked, "key")} looked at again`);
  return exitCodes.done;
}

/** ARGV: the text as it was found. What has changed since may be somebody else's. */
const unlinkUnchanged = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('UNLINK', KEYS[1])`;

/** Sessions through the store, which tells running processes. It leaves what it cannot read. */
async function remove({ command }: Connection, store: LayoutStore, userId: string, found: KeyOfUser): Promise<void> {
  const { key, rest, value } = found;
  if (isSession(found)) await store.revoke(userId, rest);
  await (value === null ? command("UNLINK", key) : command("EVAL", unlinkUnchanged, "1", key, value));
}

function shown(names: readonly string[]): string {
  return names.map(printable).join(", ");
}

function countsOf(found: readonly KeyOfUser[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of found) counts[kind] = (counts[kind] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort());
}
