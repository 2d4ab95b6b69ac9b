import { Command } from "commander";
import type { LayoutStore } from "redis-keyspace/adapter";
import { CliError } from "../cli-error.js";
import type { Connection } from "../connection.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { findKeysOfUser, isSession, type KeyOfUser, namesOf } from "../keys-of-user.js";
import { adviceWhereNone } from "../nothing-found.js";
import {
  type CommonOptions,
  checkNamesUsers,
  connected,
  type LayoutFlags,
  layoutOf,
  type ScanFlags,
  type WriteFlags,
  withCommonOptions,
  withLayoutOptions,
  withScanOptions,
  withWriteOptions,
} from "../options.js";
import type { Ended } from "../program.js";
import { checkInteractive, confirmed } from "../prompts.js";
import { toCliError } from "../redis-errors.js";
import { withTellingStore } from "../telling-store.js";
import { Terminal } from "../terminal.js";
import { counted } from "../words.js";

type Options = CommonOptions & LayoutFlags & ScanFlags & WriteFlags;

/** How often what came meanwhile is removed too: somebody may sign in while it runs. */
const ROUNDS = 3;

/** `erase <user>`: removes all that is kept of a person. */
export function eraseCommand(ended: Ended): Command {
  const command = new Command("erase")
    .description("removes all that is kept of a person, and looks at every key of the preset to prove it")
    .argument("<user>", "the user's id")
    .addHelpText("after", "\nExample:\n  redis-keyspace erase user-42 --preset next-auth");
  return withWriteOptions(withScanOptions(withLayoutOptions(withCommonOptions(command)))).action(
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
  const names = await namesOf(connection, layout, userId, await store.list(userId));
  const search = () => findKeysOfUser(connection, options, names, terminal);
  let { found, looked } = await search();
  if (found.length === 0) {
    terminal.result({ userId, erased: {}, left: 0, lookedAt: looked });
    terminal.line(`nothing is kept of ${userId}: ${counted(looked, "key")} looked at`);
    const advice = await adviceWhereNone(connection, options);
    if (advice !== undefined) terminal.note(advice);
    return exitCodes.found;
  }
  const erased = countsOf(found);
  const rows = Object.entries(erased).map(([kind, count]) => [kind, String(count)]);
  terminal.table([`kept of ${userId}`, "keys"], rows);
  if (options.yes !== true) await confirmed(terminal, "Erase all of it? It cannot be brought back.");
  try {
    for (let round = 0; round < ROUNDS && found.length > 0; round++) {
      await store.deleteUser?.(userId);
      await store.deleteAll(userId);
      for (const key of found) await remove(connection, store, key);
      ({ found, looked } = await search());
    }
  } catch (error) {
    const { message, exitCode } = toCliError(error, connection.name);
    throw new CliError(`${message}; a part may have been erased`, exitCode, {
      advice: "The same command erases the rest",
      cause: error,
    });
  }
  terminal.result({ userId, erased, left: found.length, lookedAt: looked });
  if (found.length > 0) {
    terminal.line(`${counted(found.length, "key")} came back while all were erased: is ${userId} signing in?`);
    return exitCodes.found;
  }
  terminal.line(`erased. Nothing is left of ${userId}: ${counted(looked, "key")} looked at again`);
  return exitCodes.done;
}

/** Sessions through the store, which tells running processes. It leaves what it cannot read. */
async function remove({ command }: Connection, store: LayoutStore, found: KeyOfUser): Promise<void> {
  if (isSession(found)) await store.deleteByHandle(found.rest);
  await command("UNLINK", found.key);
}

function countsOf(found: readonly KeyOfUser[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of found) counts[kind] = (counts[kind] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort());
}
