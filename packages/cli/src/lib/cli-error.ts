import type { ExitCode } from "./exit-codes.js";

/** Ends the command with a line for people and an exit code. Its message holds no id and no password. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;
  /** What to do about it, as a line of its own. */
  readonly advice: string | undefined;

  constructor(message: string, exitCode: ExitCode, { advice, cause }: { advice?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.exitCode = exitCode;
    this.advice = advice;
  }
}
