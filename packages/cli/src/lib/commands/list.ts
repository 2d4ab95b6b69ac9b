import { Command } from "commander";
import { exitCodes } from "../exit-codes.js";
import { adviceToScan, adviceWhereNone } from "../nothing-found.js";
import {
  type CommonOptions,
  checkNamesUsers,
  connected,
  openStore,
  withCommonOptions,
  withLayoutOptions,
  withScanOptions,
} from "../options.js";
import type { Ended } from "../program.js";
import { type ListedSession, listedSessions, type UserFlags } from "../sessions-of-user.js";
import { Terminal } from "../terminal.js";
import { relative } from "../times.js";

type Options = CommonOptions & UserFlags;

/** `list <user>`: the sessions of a user. */
export function listCommand(ended: Ended): Command {
  const command = new Command("list")
    .description("the sessions of a user, the most recently used first")
    .argument("<user>", "the user's id")
    .option(
      "--scan",
      "look at every session, for those that no index lists: of processes with the package that was replaced",
    )
    .addHelpText("after", "\nExample:\n  redis-keyspace list user-42 --preset lucia");
  return withScanOptions(withLayoutOptions(withCommonOptions(command))).action(
    async (userId: string, options: Options) => {
      const terminal = new Terminal(options);
      checkNamesUsers(options);
      const { sessions, advice } = await connected(options, async (connection) => {
        const store = openStore(connection, options);
        const found = await listedSessions(connection, store, userId, options);
        if (found.length > 0) return { sessions: found, advice: undefined };
        return { sessions: found, advice: (await adviceWhereNone(connection, options)) ?? adviceToScan(options) };
      });
      terminal.result({ userId, sessions });
      if (sessions.length > 0) return show(terminal, sessions);
      terminal.line(`no sessions of ${userId}`);
      if (advice !== undefined) terminal.note(advice);
      ended(exitCodes.found);
    },
  );
}

function show(terminal: Terminal, sessions: readonly ListedSession[]): void {
  const columns: readonly (readonly [name: string, of: (session: ListedSession) => string])[] = [
    ["handle", ({ handle }) => handle],
    ["created", ({ createdAt }) => relative(createdAt)],
    ["last used", ({ lastUsedAt }) => relative(lastUsedAt)],
    ["expires", ({ expiresAt }) => (expiresAt === null ? "never" : relative(expiresAt))],
    ["device", ({ device }) => device ?? ""],
  ];
  // Not every framework stores all of it.
  const known = columns.filter(([, of]) => sessions.some((session) => of(session) !== ""));
  terminal.table(
    known.map(([name]) => name),
    sessions.map((session) => known.map(([, of]) => of(session))),
  );
}
