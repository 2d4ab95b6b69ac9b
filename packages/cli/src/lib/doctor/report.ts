import colors from "picocolors";
import type { Terminal } from "../terminal.js";
import { counted } from "../words.js";
import type { Diagnosis } from "./diagnosis.js";
import type { Finding, Severity } from "./finding.js";
import type { Mended } from "./fix.js";
import { duration } from "./wording.js";

const marks: Readonly<Record<Severity, string>> = {
  error: colors.red("error    "),
  warning: colors.yellow("warning  "),
  note: colors.cyan("note     "),
};

const INDENT = " ".repeat(9);
/** Before what to do. */
const ARROW = "→ ";

/** Longer lines are hard to read. */
const WIDEST = 120;

/** Prints what was found. */
export function report(terminal: Terminal, diagnosis: Diagnosis): void {
  const { findings, sessions, users, keys, tookMs, p99Ms, isComplete } = diagnosis;
  const width = Math.min(terminal.columns, WIDEST) - INDENT.length - ARROW.length - 1;
  for (const finding of findings) {
    terminal.line(marks[finding.severity] + headOf(finding));
    for (const line of wrapped(`${finding.what}.`, width)) terminal.line(INDENT + line);
    for (const [i, line] of wrapped(`${finding.advice}.`, width).entries()) {
      terminal.line(INDENT + (i === 0 ? ARROW : " ".repeat(ARROW.length)) + line);
    }
    terminal.line();
  }
  const looked = `${counted(sessions, "session")} and ${counted(users, "list")} among ${counted(keys, "key")}`;
  terminal.line(`Looked at ${looked} in ${duration(tookMs)}.`);
  if (p99Ms > 0) terminal.line(`99 of 100 PINGs meanwhile were answered within ${duration(p99Ms)}.`);
  if (!isComplete) terminal.line(colors.yellow("Not all keys were looked at: there may be more."));
  terminal.line(sumOf(findings));
}

/** Prints what was mended. */
export function reportMended(terminal: Terminal, mended: readonly Mended[]): void {
  for (const { name, count, left, refusal } of mended) {
    const others = left === 0 ? "" : `, left as they are: ${left}${refusal === undefined ? "" : ` (${refusal})`}`;
    terminal.line(`${colors.green("mended   ")}${name}: ${count}${others}`);
  }
}

function headOf({ name, example, fixable }: Finding): string {
  return `${colors.bold(name)}${example === null ? "" : `  ${example}`}${fixable ? colors.dim("  --fix mends it") : ""}`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function sumOf(findings: readonly Finding[]): string {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const notes = counted(count("note"), "note");
  if (count("error") + count("warning") === 0) return `${colors.green("nothing is wrong")}, ${notes}`;
  const fixable = findings.filter((finding) => finding.fixable).length;
  const mends = fixable === 0 ? "" : `; --fix mends ${fixable} of these`;
  return `${counted(count("error"), "error")}, ${counted(count("warning"), "warning")}, ${notes}${mends}`;
}
