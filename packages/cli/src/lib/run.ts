import { CommanderError } from "commander";
import colors from "picocolors";
import { CliError } from "./cli-error.js";
import { type ExitCode, exitCodes } from "./exit-codes.js";
import { program } from "./program.js";
import { toCliError } from "./redis-errors.js";
import { clearProgress } from "./terminal.js";

/** Runs a command line and answers its exit code. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const ended = (code: ExitCode): void => {
    exitCode = code;
  };
  try {
    await program(ended).parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    // What the core says of an option.
    const told = error instanceof TypeError ? new CliError(error.message, exitCodes.usage) : toCliError(error, "Redis");
    clearProgress();
    process.stderr.write(`${colors.red("error:")} ${told.message}\n`);
    if (told.advice !== undefined) process.stderr.write(`${told.advice}\n`);
    return told.exitCode;
  }
}
