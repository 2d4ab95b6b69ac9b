import { Command } from "commander";
import colors from "picocolors";
import { isOperationKey, type Layout, type LayoutStore } from "redis-keyspace/adapter";
import { bars, sparkline } from "../charts.js";
import { CliError } from "../cli-error.js";
import type { Connection } from "../connection.js";
import { exitCodes } from "../exit-codes.js";
import { adviceWhereNone } from "../nothing-found.js";
import {
  type CommonOptions,
  connected,
  type LayoutFlags,
  layoutOf,
  openStore,
  type ScanFlags,
  withCommonOptions,
  withLayoutOptions,
  withScanOptions,
} from "../options.js";
import { startingWith } from "../patterns.js";
import type { Ended } from "../program.js";
import { readAll } from "../read-from.js";
import { type Page, scan } from "../scan.js";
import { SessionStats, type Stats } from "../session-stats.js";
import { Terminal } from "../terminal.js";
import { walking } from "../walk.js";
import { counted } from "../words.js";

/** Of each page of keys so many are measured. */
const MEASURED = 5;

/** `stats`: what sessions there are. */
export function statsCommand(ended: Ended): Command {
  const command = new Command("stats")
    .description(
      "how many sessions and users there are, how old and how large, and when they end: looks at every session",
    )
    .addHelpText(
      "after",
      "\nExample:\n  redis-keyspace stats --preset express-session --user-id passport.user --rate 5000",
    );
  return withScanOptions(withLayoutOptions(withCommonOptions(command))).action(
    async (options: CommonOptions & LayoutFlags & ScanFlags) => {
      const terminal = new Terminal(options);
      await connected(options, async (connection) => {
        const { stats, isWhole } = await count(connection, options, terminal);
        const found = stats.result();
        terminal.result({ ...found, isWhole });
        show(terminal, found);
        if (!isWhole) {
          terminal.note(`stopped after ${counted(found.sessions, "session")}: the figures are of these`);
          ended(exitCodes.interrupted);
        } else if (found.sessions === 0) {
          const advice = await adviceWhereNone(connection, options);
          if (advice !== undefined) terminal.note(advice);
        }
      });
    },
  );
}

/** What there is, and whether it came to the end. */
async function count(
  connection: Connection,
  options: LayoutFlags & ScanFlags,
  terminal: Terminal,
): Promise<{ readonly stats: SessionStats; readonly isWhole: boolean }> {
  const layout = layoutOf(options);
  let stats = new SessionStats(layout);
  const store = openStore(connection, options);
  try {
    await walking(connection, options, async (limits) => {
      const onAnew = (): void => {
        stats = new SessionStats(layout);
      };
      const walk = { ...limits, onAnew };
      const pattern = startingWith(layout.sessions.sessionPrefix);
      for await (const page of scan(connection, { pattern, ...walk })) {
        await addPage(connection, stats, page, layout, store);
        terminal.progress(counted(stats.sessions, "session"));
      }
    });
    return { stats, isWhole: true };
  } catch (error) {
    if (error instanceof CliError && error.exitCode === exitCodes.interrupted) return { stats, isWhole: false };
    throw error;
  }
}

async function addPage(
  connection: Connection,
  stats: SessionStats,
  { node, keys }: Page,
  layout: Layout,
  store: LayoutStore,
): Promise<void> {
  const { sessionPrefix, record } = layout.sessions;
  const own = keys.filter((key) => !isOperationKey(key)).map((key) => key.slice(sessionPrefix.length));
  const items = await store.getByHandles(own);
  const undated = items.filter(({ session }) => record.expiresAt(session) === null);
  const pttls = undated.map(({ handle }) => ["PTTL", sessionPrefix + handle] as const);
  const ttls = await readAll(connection, node, pttls);
  const now = Date.now();
  const ends = new Map(undated.map(({ handle }, i) => [handle, Number(ttls[i]) < 0 ? null : now + Number(ttls[i])]));
  for (const item of items) stats.add(item, ends.get(item.handle) ?? null);
  const measured = items.slice(0, MEASURED).map(({ handle }) => ["MEMORY", "USAGE", sessionPrefix + handle] as const);
  for (const bytes of await node.pipeline(measured)) if (typeof bytes === "number") stats.addBytes(bytes);
}

function show(terminal: Terminal, stats: Stats): void {
  const { sessions, users, withoutUser, mostOfOneUser, bytes, neverEnding, endingLater, endingByHour } = stats;
  const number = (count: number): string => count.toLocaleString("en");
  const section = (title: string, lines: readonly string[]): void => {
    terminal.line();
    terminal.line(colors.bold(title));
    for (const line of lines) terminal.line(line);
  };
  const barsOf = (counts: Readonly<Record<string, number>>): string[] =>
    bars(Object.entries(counts), Math.min(terminal.columns, 120));
  terminal.line(`${colors.bold(counted(sessions, "session"))} of ${colors.bold(counted(users, "user"))}`);
  if (withoutUser > 0) terminal.line(`without a user: ${number(withoutUser)}`);
  if (bytes !== null && sessions > 0) {
    const total = (bytes.mean * sessions) / 1_048_576;
    terminal.line(
      `about ${number(bytes.mean)} bytes each, ${number(bytes.largest)} at most of ${number(bytes.samples)} measured: ` +
        `${total < 1 ? "under 1" : number(Math.round(total))} MiB without indexes`,
    );
  }
  if (sessions === 0) return;
  section("Users by how many sessions they have", barsOf(stats.usersBySessions));
  if (mostOfOneUser > 1) terminal.line(`  the most: ${number(mostOfOneUser)}`);
  if (Object.keys(stats.sessionsByAge).length > 0) section("Sessions by age", barsOf(stats.sessionsByAge));
  const within = endingByHour.reduce((sum, count) => sum + count, 0);
  section("Ending in each of the next 24 hours", [
    `  ${sparkline(endingByHour)}  ${number(within)}, at most ${number(Math.max(...endingByHour))} in one hour`,
    `  later: ${number(endingLater)}${neverEnding > 0 ? `, never: ${number(neverEnding)}` : ""}`,
  ]);
}
