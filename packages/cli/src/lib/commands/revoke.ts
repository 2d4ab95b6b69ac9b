import { Command } from "commander";
import type { LayoutStore, SessionItem } from "redis-keyspace/adapter";
import { CliError } from "../cli-error.js";
import type { Connection } from "../connection.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { shownHandle } from "../handles.js";
import { Interruption } from "../interruption.js";
import { KeyMap } from "../key-map.js";
import { adviceToScan, adviceWhereNone } from "../nothing-found.js";
import {
  type CommonOptions,
  checkNamesUsers,
  connected,
  layoutOf,
  type WriteFlags,
  withCommonOptions,
  withLayoutOptions,
  withScanOptions,
  withWriteOptions,
} from "../options.js";
import { startingWith } from "../patterns.js";
import type { Ended } from "../program.js";
import { confirmed, confirmedByTyping } from "../prompts.js";
import { toCliError } from "../redis-errors.js";
import { scan } from "../scan.js";
import { sessionsOf, type UserFlags } from "../sessions-of-user.js";
import { withTellingStore } from "../telling-store.js";
import { Terminal } from "../terminal.js";
import { walking } from "../walk.js";
import { counted } from "../words.js";

type Options = CommonOptions &
  UserFlags &
  WriteFlags & { readonly all?: boolean; readonly except?: string; readonly allUsers?: boolean };

/** So many are ended in one go: Redis answers others in between. */
const AT_ONCE = 50;

/** A handle may be shortened to so many characters. */
const SHORTEST = 8;

/** `revoke <user> …`, `revoke --all-users`: ends sessions. */
export function revokeCommand(ended: Ended): Command {
  const command = new Command("revoke")
    .description("ends sessions: signs out one device of a user, the others, all, or everybody")
    .argument("[user]", "the user's id")
    .argument("[handles...]", `as list shows them; the first ${SHORTEST} characters are enough`)
    .option("--all", "all sessions of the user")
    .option("--except <handle>", "all sessions of the user but this one")
    .option("--all-users", "all sessions of everybody")
    .option(
      "--scan",
      "look at every session, for those that no index lists: of processes with the package that was replaced",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  redis-keyspace revoke user-42 '~Ab3dE5fG' --preset lucia\n  redis-keyspace revoke user-42 --all --yes",
    );
  return withWriteOptions(withScanOptions(withLayoutOptions(withCommonOptions(command)))).action(
    async (userId: string | undefined, handles: readonly string[], options: Options) => {
      const terminal = new Terminal(options);
      checkTarget(userId, handles, options);
      if (userId !== undefined) checkNamesUsers(options);
      await connected(options, async (connection) => {
        ended(
          userId === undefined
            ? await revokeAllUsers(connection, options, terminal)
            : await revokeOfUser(connection, userId, handles, options, terminal),
        );
      });
    },
  );
}

/** One way to say which, and no other. */
function checkTarget(userId: string | undefined, handles: readonly string[], options: Options): void {
  const { all, except, allUsers } = options;
  const ways = [handles.length > 0, all === true, except !== undefined, allUsers === true].filter(Boolean).length;
  const advice = "One of: <user> <handle>, <user> --all, <user> --except <handle>, --all-users";
  if (ways !== 1) throw new CliError("it is not clear which sessions are to end", exitCodes.usage, { advice });
  if ((userId === undefined) !== (allUsers === true)) {
    const problem = userId === undefined ? "a user is missing" : "--all-users takes no user";
    throw new CliError(problem, exitCodes.usage, { advice });
  }
  for (const handle of [...handles, ...(except === undefined ? [] : [except])]) {
    if (withoutTilde(handle).length < SHORTEST)
      throw new CliError(`a handle needs its first ${SHORTEST} characters`, exitCodes.usage);
  }
}

interface Shown {
  readonly item: SessionItem<unknown>;
  readonly shown: string;
}

async function revokeOfUser(
  connection: Connection,
  userId: string,
  handles: readonly string[],
  options: Options,
  terminal: Terminal,
): Promise<ExitCode> {
  return await withTellingStore(connection, options, async (store) => {
    const found = await sessionsOf(connection, store, userId, options);
    const sessions = await Promise.all(found.map(async (item) => ({ item, shown: await shownHandle(item.handle) })));
    const { chosen, missing } = chosenOf(sessions, handles, options);
    if (chosen.length === 0) {
      terminal.result({ userId, ended: [], missing });
      terminal.line(missing.length > 0 ? `no such session of ${userId}` : `no sessions of ${userId} to end`);
      const none = found.length === 0 ? await adviceWhereNone(connection, options) : undefined;
      const advice = none ?? adviceToScan(options);
      if (advice !== undefined) terminal.note(advice);
      return exitCodes.found;
    }
    const those = chosen.length === sessions.length ? "all " : "";
    if (options.yes !== true)
      await confirmed(terminal, `End ${those}${counted(chosen.length, "session")} of ${userId}?`);
    const done = await endAll(store, userId, chosen, options);
    terminal.result({ userId, ended: done, missing });
    terminal.line(`${counted(done.length, "session")} of ${userId} ended`);
    for (const handle of missing) terminal.note(`no session of ${userId} begins with ${handle}`);
    const advice = options.all === true || missing.length > 0 ? adviceToScan(options) : undefined;
    if (advice !== undefined) terminal.note(advice);
    return missing.length === 0 ? exitCodes.done : exitCodes.found;
  });
}

function chosenOf(
  sessions: readonly Shown[],
  handles: readonly string[],
  { all, except }: Options,
): { chosen: readonly Shown[]; missing: readonly string[] } {
  if (all === true) return { chosen: sessions, missing: [] };
  const named = (except === undefined ? handles : [except]).map((handle) => ({
    handle,
    of: sessionNamed(sessions, handle),
  }));
  const missing = named.flatMap(({ handle, of }) => (of === undefined ? [beginningOf(handle)] : []));
  const these = new Set(named.map(({ of }) => of));
  if (except === undefined) return { chosen: sessions.filter((session) => these.has(session)), missing };
  // The one that is to stay has to be there: otherwise a slip would end it.
  return { chosen: missing.length > 0 ? [] : sessions.filter((session) => !these.has(session)), missing };
}

function sessionNamed(sessions: readonly Shown[], handle: string): Shown | undefined {
  const matching = sessions.filter(({ shown }) => withoutTilde(shown).startsWith(withoutTilde(handle)));
  if (matching.length > 1) {
    throw new CliError(`${beginningOf(handle)} begins the handles of ${matching.length} sessions`, exitCodes.usage, {
      advice: "Give more of it",
    });
  }
  return matching[0];
}

/** What was given can be an id by mistake. */
function beginningOf(handle: string): string {
  const beginning = handle.slice(0, SHORTEST + 1);
  return beginning.length < handle.length ? `${beginning}…` : beginning;
}

/** A shell may take a tilde for a home folder. */
function withoutTilde(handle: string): string {
  return handle.replace(/^~/, "");
}

/** What was ended, by handle. */
async function endAll(
  store: LayoutStore,
  userId: string,
  chosen: readonly Shown[],
  { all, scan: byScan }: Options,
): Promise<string[]> {
  using interruption = new Interruption();
  const done: string[] = [];
  try {
    // In one step, and with those that began meanwhile.
    if (all === true) await store.deleteAll(userId);
    if (all === true && byScan !== true) return chosen.map(({ shown }) => shown);
    for (const { item, shown } of chosen) {
      interruption.check();
      if ((await store.revoke(userId, item.handle)) !== null || all === true) done.push(shown);
    }
    return done;
  } catch (error) {
    throw halfDone(error, done.length);
  }
}

async function revokeAllUsers(connection: Connection, options: Options, terminal: Terminal): Promise<ExitCode> {
  const layout = layoutOf(options);
  const { sessionPrefix } = layout.sessions;
  if (options.yes !== true) {
    await confirmedByTyping(terminal, `This ends every session whose key starts with ${sessionPrefix}`, "everybody");
  }
  const map = new KeyMap(layout);
  return await withTellingStore(connection, options, async (store) => {
    let ended = 0;
    let others = 0;
    try {
      await walking(connection, options, async (limits) => {
        const onAnew = (): void => {
          others = 0;
        };
        const walk = { ...limits, onAnew };
        for await (const { keys } of scan(connection, { pattern: startingWith(sessionPrefix), ...walk })) {
          const own = keys.filter((key) => map.own(key)?.kind === "session");
          for (let from = 0; from < own.length; from += AT_ONCE) {
            const some = own.slice(from, from + AT_ONCE).map((key) => key.slice(sessionPrefix.length));
            const removed = await Promise.all(some.map((handle) => store.deleteByHandle(handle)));
            const gone = removed.filter((session) => session !== null).length;
            ended += gone;
            others += some.length - gone;
          }
          terminal.progress(`${counted(ended, "session")} ended`);
        }
      });
    } catch (error) {
      throw halfDone(error, ended);
    }
    terminal.result({ ended, others });
    terminal.line(`${counted(ended, "session")} ended`);
    if (others > 0) terminal.line(`left alone: ${counted(others, "other key")} under ${sessionPrefix}`);
    const advice = ended === 0 ? await adviceWhereNone(connection, options) : undefined;
    if (advice !== undefined) terminal.note(advice);
    return exitCodes.done;
  });
}

/** What was done is done: the same command goes on with the rest. */
function halfDone(error: unknown, ended: number): CliError {
  const { message, exitCode } = toCliError(error, "Redis");
  return new CliError(`${message}; ${counted(ended, "session")} had been ended`, exitCode, {
    advice: "The same command goes on with the rest",
    cause: error,
  });
}
