import { readFileSync } from "node:fs";
import { Command } from "commander";
import { consoleCommand } from "./commands/console.js";
import { doctorCommand } from "./commands/doctor.js";
import { eraseCommand } from "./commands/erase.js";
import { exportCommand } from "./commands/export.js";
import { listCommand } from "./commands/list.js";
import { migrateCommand } from "./commands/migrate.js";
import { revokeCommand } from "./commands/revoke.js";
import { statsCommand } from "./commands/stats.js";
import { watchCommand } from "./commands/watch.js";
import type { ExitCode } from "./exit-codes.js";

/** How a command says an exit code other than 0 without an error. */
export type Ended = (exitCode: ExitCode) => void;

const commands = [
  consoleCommand,
  doctorCommand,
  eraseCommand,
  exportCommand,
  listCommand,
  migrateCommand,
  revokeCommand,
  statsCommand,
  watchCommand,
] satisfies ((ended: Ended) => Command)[];

/** All commands. */
export function program(ended: Ended): Command {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const all = new Command("redis-keyspace")
    .description("Checks, lists, revokes, moves and erases the sessions in a Redis.")
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(withoutSecrets(text)) })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", exitCodesHelp);
  for (const command of commands) all.addCommand(command(ended).copyInheritedSettings(all));
  return all;
}

/** What was given to an option that there is not may be a secret, and so is what precedes the host of an address. */
function withoutSecrets(text: string): string {
  return text.replace(/(unknown option '[^'=]*)=[^']*/, "$1").replace(/:\/\/.*@/g, "://…@");
}

const exitCodesHelp = `
Exit codes:
  0    done
  1    something is wrong, or what was named is not there
  2    options or arguments that cannot be; nothing was done
  3    Redis cannot be reached, or was lost on the way
  4    Redis refused: the password, or a command that this user may not use
  130  stopped before its end`;
