import { Command, InvalidArgumentError, Option } from "commander";
import type { Connection } from "../connection.js";
import { diagnose } from "../doctor/diagnose.js";
import type { Diagnosis, Progress } from "../doctor/diagnosis.js";
import { fix, type Mended } from "../doctor/fix.js";
import { report, reportMended } from "../doctor/report.js";
import { amount } from "../doctor/wording.js";
import { exitCodes } from "../exit-codes.js";
import { Interruption } from "../interruption.js";
import { type CommonOptions, connected, type LayoutFlags, withCommonOptions, withLayoutOptions } from "../options.js";
import { Pace } from "../pace.js";
import type { Ended } from "../program.js";
import { ProgressLine } from "../progress-line.js";
import { confirmed } from "../prompts.js";
import { Terminal } from "../terminal.js";

interface DoctorOptions extends CommonOptions, LayoutFlags {
  readonly fix?: boolean;
  readonly yes?: boolean;
  readonly rate: number;
}

/** `doctor`: what is wrong, and what to do. */
export function doctorCommand(ended: Ended): Command {
  const command = new Command("doctor")
    .description("what is wrong with the sessions and their Redis, and what to do about it")
    .option("--fix", "mend what is safe to mend, after a question")
    .option("--yes", "without the question")
    .addOption(
      new Option("--rate <keys>", "at most so many keys a second; fewer while Redis is busy").default(50_000).argParser(rate),
    )
    .addHelpText("after", "\nExample:\n  redis-keyspace doctor --url redis://127.0.0.1:6379 --preset lucia");
  return withLayoutOptions(withCommonOptions(command)).action(async (options: DoctorOptions) => {
    await connected(options, (connection) => examine(connection, options, ended));
  });
}

async function examine(connection: Connection, options: DoctorOptions, ended: Ended): Promise<void> {
  const terminal = new Terminal(options);
  using interruption = new Interruption();
  const { signal } = interruption;
  const pace = await Pace.start(connection, options);
  try {
    const diagnosis = await withProgress("looking", (onProgress) =>
      diagnose(connection, options, { pace, signal, onProgress }),
    );
    report(terminal, diagnosis);
    const mended = await mend();
    terminal.result({ ...diagnosis, ...(options.fix === true && { mended }) });
    reportMended(terminal, mended);
    if (signal.aborted) ended(exitCodes.interrupted);
    else if (isWrong(diagnosis, mended)) ended(exitCodes.found);

    async function mend(): Promise<readonly Mended[]> {
      const fixable = diagnosis.findings.filter((finding) => finding.fixable);
      if (options.fix !== true || signal.aborted || fixable.length === 0) return [];
      const count = fixable.reduce((sum, finding) => sum + finding.count, 0);
      if (options.yes !== true) await confirmed(terminal, `Mend ${amount(count, "fault", "faults")}?`);
      return await withProgress("mending", (onProgress) =>
        fix(connection, options, diagnosis, { pace, signal, onProgress }),
      );
    }
  } finally {
    await pace.stop();
  }
}

/** Whether something is left that a person has to see to. */
function isWrong({ findings }: Diagnosis, mended: readonly Mended[]): boolean {
  return findings.some(
    ({ name, severity }) => severity !== "note" && mended.find((one) => one.name === name)?.left !== 0,
  );
}

async function withProgress<Result>(
  doing: string,
  task: (onProgress: (progress: Progress) => void) => Promise<Result>,
): Promise<Result> {
  const line = new ProgressLine();
  try {
    return await task(({ keys, total }) => line.show(`${doing}: ${amount(keys, "key", "keys")} of about ${amount(total, "key", "keys")}`));
  } finally {
    line.clear();
  }
}

function rate(text: string): number {
  const keys = Number(text);
  if (!Number.isInteger(keys) || keys < 100 || keys > 10_000_000) {
    throw new InvalidArgumentError("It must be a number from 100 to 10,000,000.");
  }
  return keys;
}
