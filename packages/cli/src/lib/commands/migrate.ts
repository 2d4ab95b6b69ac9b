import { performance } from "node:perf_hooks";
import { Command, Option } from "commander";
import { CliError } from "../cli-error.js";
import type { Connection } from "../connection.js";
import { exitCodes } from "../exit-codes.js";
import { migrate } from "../migrate/migration.js";
import { type MigrateFlags, type Plan, planOf } from "../migrate/plan.js";
import { MigrationProgress } from "../migrate/progress.js";
import { newState, type State, StateStore } from "../migrate/state.js";
import {
  type CommonOptions,
  connected,
  list,
  notEmpty,
  path,
  type ScanFlags,
  type WriteFlags,
  withCommonOptions,
  withScanOptions,
  withWriteOptions,
} from "../options.js";
import { presetNames } from "../presets.js";
import { confirmed } from "../prompts.js";
import { shareBefore } from "../scan.js";
import { Terminal } from "../terminal.js";
import { walking } from "../walk.js";

type Options = CommonOptions &
  ScanFlags &
  WriteFlags &
  MigrateFlags & { readonly dryRun?: boolean; readonly restart?: boolean };

/** `migrate --from <preset>`: takes over what another package wrote, or moves sessions to other keys. */
export function migrateCommand(): Command {
  const command = new Command("migrate")
    .description("takes sessions over where they are, or moves them to other keys, while all of it runs")
    .addOption(new Option("--from <preset>", "whose keys").choices(presetNames).makeOptionMandatory())
    .addOption(new Option("--to <preset>", "whose they shall be, if others'").choices(presetNames))
    .option("--user-id <member>", "the member of a session that names its user, as passport.user", path)
    .option("--dry-run", "only say what would be done")
    .option("--restart", "from the beginning, wherever an earlier run has stopped");
  for (const side of ["from", "to"] as const) {
    const [starts, hold] = side === "from" ? ["starts", "hold"] : ["shall start", "shall hold"];
    command
      .option(`--${side}-prefix <prefix>`, `what a session's key ${starts} with, if not as in the preset`, notEmpty)
      .option(`--${side}-user-sessions-prefix <prefix>`, "the same for the keys of a user's sessions", notEmpty)
      .option(`--${side}-hash-ids`, `keys ${hold} hashes of session ids`)
      .option(`--no-${side}-hash-ids`, `keys ${hold} session ids`)
      .addOption(
        new Option(`--${side}-secrets <secrets>`, "of sealed sessions, with commas between them")
          .env(`KEYSPACE_${side.toUpperCase()}_SECRETS`)
          .argParser(list),
      );
  }
  command.addHelpText("after", examples);
  return withWriteOptions(withScanOptions(withCommonOptions(command))).action(async (options: Options) => {
    await connected(options, (connection) => run(connection, options));
  });
}

const examples = `
What is not said of the other side stays as it is. Stopped by Ctrl-C or killed, the same command goes on where it was, for a week.

Examples:
  redis-keyspace migrate --from express-session --user-id userId
  redis-keyspace migrate --from lucia --to-hash-ids --dry-run`;

async function run(connection: Connection, options: Options): Promise<void> {
  const { dryRun = false, restart = false, yes = false } = options;
  const terminal = new Terminal(options);
  const plan = planOf(connection, options);
  const store = new StateStore(connection, plan.id);
  if (!dryRun && !yes) await confirmed(terminal, `${plan.title}. Go on?`);
  const before = dryRun || restart ? null : await store.load();
  const state = before ?? newState();
  terminal.line(plan.title);
  if (before !== null) terminal.line(`goes on after ${before.counts.found.toLocaleString("en")} sessions`);
  const startedAt = performance.now();
  const tellSummary = (isWhole: boolean): void =>
    tell(terminal, plan, { state, dryRun, isWhole, resumed: before !== null, seconds: since(startedAt) });
  const onAnew = (): void => terminal.note("Redis runs on other servers, or anew: all keys are looked at again");
  try {
    const shareOf = await sharesOf(connection);
    const progress = new MigrationProgress(terminal, { share: shareOf(state), found: state.counts.found });
    await walking(connection, options, (walk) =>
      migrate({ ...walk, connection, plan, state, progress, shareOf, onAnew, store: dryRun ? null : store }),
    );
    if (!dryRun) await store.clear();
  } catch (error) {
    const isInterrupted = error instanceof CliError && error.exitCode === exitCodes.interrupted;
    if (!dryRun && state.scanned > 0) terminal.note("The same command goes on from here");
    if (!isInterrupted) throw error;
    tellSummary(false);
    throw new CliError("stopped before its end", exitCodes.interrupted, { cause: error });
  }
  tellSummary(true);
}

interface Told {
  readonly state: State;
  readonly dryRun: boolean;
  readonly isWhole: boolean;
  readonly resumed: boolean;
  readonly seconds: number;
}

function tell(terminal: Terminal, { kind }: Plan, { state: { counts, setsTaken }, ...told }: Told): void {
  terminal.result({ kind, ...told, ...counts, setsTaken });
  const done = { adopt: "taken over", move: "moved" }[kind];
  const rows: [string, number][] = [
    [told.dryRun ? `would be ${done}` : done, counts.done],
    ["already there", counts.there],
    ["ended meanwhile", counts.gone],
    ["skipped: ended before", counts.ended],
    ["skipped: without an end and a TTL", counts.endless],
    ["skipped: no sessions", counts.unreadable],
  ];
  const shown = rows.filter(([, number], i) => i === 0 || number > 0);
  terminal.table(
    ["keys", ""],
    [...shown, ["found", counts.found] as const].map(([name, number]) => [name, number.toLocaleString("en")]),
  );
  if (setsTaken > 0) terminal.line(`and ${setsTaken.toLocaleString("en")} sets of the package that was replaced`);
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt) / 1000;
}

/** Which share of all keys was looked at. Of several tables, about: each doubles when it is full. */
async function sharesOf(connection: Connection): Promise<(state: State) => number> {
  const { topology } = connection;
  if (topology === "standalone" || topology === "sentinel") {
    return ({ sessions }) => shareBefore(Object.values(sessions?.cursors ?? {})[0] ?? "0");
  }
  const sizes = await Promise.all(connection.nodes().map((node) => node.command("DBSIZE")));
  const places = sizes.reduce<number>((sum, size) => sum + 2 ** Math.ceil(Math.log2(Math.max(1, Number(size)))), 0);
  return ({ scanned }) => Math.min(1, scanned / places);
}
