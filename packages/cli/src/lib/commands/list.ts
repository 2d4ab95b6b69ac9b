import { Command } from "commander";
import { exitCodes } from "../exit-codes.js";
import { shownHandle } from "../handles.js";
import {
  type CommonOptions,
  connected,
  type LayoutFlags,
  layoutOf,
  openUsersStore,
  withCommonOptions,
  withLayoutOptions,
} from "../options.js";
import type { Ended } from "../program.js";
import { Terminal } from "../terminal.js";

/** `list <user>`: the sessions of a user. */
export function listCommand(ended: Ended): Command {
  const command = new Command("list")
    .description("the sessions of a user, the most recently used first")
    .argument("<user>", "the user's id")
    .addHelpText("after", "\nExample:\n  redis-keyspace list user-42 --preset lucia");
  return withLayoutOptions(withCommonOptions(command)).action(
    async (userId: string, options: CommonOptions & LayoutFlags) => {
      const terminal = new Terminal(options);
      const found = await connected(options, (connection) => openUsersStore(connection, options).list(userId));
      const { record } = layoutOf(options).sessions;
      const sessions = await Promise.all(
        found.map(async ({ handle, session }) => ({
          handle: await shownHandle(handle),
          expiresAt: timeOf(record.expiresAt(session)),
        })),
      );
      terminal.result({ userId, sessions });
      if (sessions.length === 0) {
        terminal.line("no sessions");
        ended(exitCodes.found);
      } else {
        terminal.table(
          ["handle", "expires"],
          sessions.map(({ handle, expiresAt }) => [handle, expiresAt ?? "with its key"]),
        );
      }
    },
  );
}

function timeOf(time: Date | number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
