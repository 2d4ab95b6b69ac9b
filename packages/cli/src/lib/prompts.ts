import { CliError } from "./cli-error.js";
import { exitCodes } from "./exit-codes.js";
import type { Terminal } from "./terminal.js";

/**
 * Asks before something that cannot be undone.
 * @throws {CliError} where nobody can be asked, or the answer is no.
 */
export async function confirmed(terminal: Terminal, question: string): Promise<void> {
  checkInteractive(terminal);
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message: question, initialValue: false });
  if (isCancel(answer) || !answer) throw nothingDone();
}

/** The same for what is worse: a word must be typed. */
export async function confirmedByTyping(terminal: Terminal, question: string, word: string): Promise<void> {
  checkInteractive(terminal);
  const { isCancel, text } = await import("@clack/prompts");
  const answer = await text({ message: `${question}\nType "${word}":` });
  if (isCancel(answer) || answer !== word) throw nothingDone();
}

/** @throws {CliError} where nobody can be asked, for a command that would ask only after long work. */
export function checkInteractive(terminal: Terminal): void {
  if (terminal.isInteractive) return;
  throw new CliError("nobody can be asked here: this is no terminal", exitCodes.usage, {
    advice: "With --yes it is done without a question",
  });
}

function nothingDone(): CliError {
  return new CliError("nothing was done", exitCodes.interrupted);
}
