import { Command } from "commander";
import type { Connection } from "../connection.js";
import { diagnose } from "../doctor/diagnose.js";
import type { Diagnosis, Progress } from "../doctor/diagnosis.js";
import { fix, type Mended } from "../doctor/fix.js";
import { report, reportMended } from "../doctor/report.js";
import { exitCodes } from "../exit-codes.js";
import { Interruption } from "../interruption.js";
import {
  type CommonOptions,
  connected,
  type LayoutFlags,
  type ScanFlags,
  withCommonOptions,
  withLayoutOptions,
  withScanOptions,
} from "../options.js";
import { Pace } from "../pace.js";
import type { Ended } from "../program.js";
import { checkInteractive, confirmed } from "../prompts.js";
import { Terminal } from "../terminal.js";
import { counted } from "../words.js";

interface DoctorOptions extends CommonOptions, LayoutFlags, ScanFlags {
  readonly fix?: boolean;
  readonly yes?: boolean;
}

const KEYS_A_SECOND = 30_000;
const PROGRESS_EVERY_MS = 100;

/** `doctor`: what is wrong, and what to do. */
export function doctorCommand(ended: Ended): Command {
  const command = new Command("doctor")
    .description("what is wrong with the sessions and their Redis, and what to do about it")
    .argument("[url]", "where Redis is, in place of --url")
    .option("--fix", "mend what is safe to mend, after a question")
    .option("--yes", "without the question")
    .addHelpText("after", "\nExample:\n  redis-keyspace doctor redis://127.0.0.1:6379 --preset lucia");
  return withScanOptions(withLayoutOptions(withCommonOptions(command)), KEYS_A_SECOND).action(
    async (url: string | undefined, { url: named, ...others }: DoctorOptions) => {
      const options = { ...others, url: url ?? named };
      const terminal = new Terminal(options);
      if (options.fix === true && options.yes !== true) checkInteractive(terminal);
      await connected(options, (connection) => examine(connection, options, terminal, ended));
    },
  );
}

async function examine(
  connection: Connection,
  options: DoctorOptions,
  terminal: Terminal,
  ended: Ended,
): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const pace = await Pace.start(connection, options);
  try {
    const watch = (doing: string) => ({ pace, signal, onProgress: progressTo(terminal, doing) });
    const diagnosis = await diagnose(connection, options, watch("looking"));
    report(terminal, diagnosis);
    const fixable = signal.aborted ? [] : diagnosis.findings.filter((finding) => finding.fixable);
    let mended: readonly Mended[] = [];
    if (options.fix === true && fixable.length > 0) {
      const count = fixable.reduce((sum, finding) => sum + finding.count, 0);
      if (options.yes !== true) await confirmed(terminal, `Mend ${counted(count, "fault")}?`);
      mended = await fix(connection, options, diagnosis, watch("mending"));
      reportMended(terminal, mended);
    }
    terminal.result({ ...diagnosis, mended });
    if (signal.aborted) ended(exitCodes.interrupted);
    else if (isWrong(diagnosis, mended)) ended(exitCodes.found);
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

function progressTo(terminal: Terminal, doing: string): (progress: Progress) => void {
  let shownAt = 0;
  return ({ keys, total }) => {
    const now = Date.now();
    if (now - shownAt < PROGRESS_EVERY_MS) return;
    shownAt = now;
    terminal.progress(`${doing}: ${keys.toLocaleString("en")} of about ${counted(total, "key")}`);
  };
}
