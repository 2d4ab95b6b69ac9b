import colors from "picocolors";
import type { Terminal } from "../terminal.js";
import type { Diagnosis } from "./diagnosis.js";
import type { Finding, Severity } from "./finding.js";
import type { Mended } from "./fix.js";
import { amount, duration } from "./wording.js";

const marks: Readonly<Record<Severity, string>> = {
  error: colors.red("error"),
  warning: colors.yellow("warning"),
  note: colors.cyan("note"),
};

/** The width of the column with the marks. */
const MARK = 9;

/** Prints what was found. */
export function report(terminal: Terminal, diagnosis: Diagnosis): void {
  const { findings, sessions, users, keys, tookMs, p99Ms, isComplete } = diagnosis;
  if (findings.length > 0) {
    terminal.table([], findings.map(rowOf), [MARK, Math.min(terminal.columns, 120) - MARK]);
  }
  const looked = `${amount(sessions, "session", "sessions")} and ${amount(users, "list", "lists")} among ${amount(keys, "key", "keys")}`;
  terminal.line(
    colors.dim(`Looked at ${looked} in ${duration(tookMs)}; Redis answered a PING beside it in ${duration(p99Ms)} (p99)`),
  );
  if (!isComplete) terminal.line(colors.yellow("Stopped before its end: there may be more."));
  terminal.line(sumOf(findings));
}

/** Prints what was mended. */
export function reportMended(terminal: Terminal, mended: readonly Mended[]): void {
  for (const { name, count, left } of mended) {
    terminal.line(`${colors.green("mended")} ${name}: ${count}${left === 0 ? "" : `, left alone: ${left}`}`);
  }
}

function rowOf({ name, severity, what, example, advice, fixable }: Finding): [string, string] {
  const lines = [`${colors.bold(name)}${fixable ? colors.dim(" (--fix)") : ""}`, `${what}.`];
  if (example !== null) lines.push(colors.dim(`for example ${example}`));
  return [marks[severity], `${[...lines, `→ ${advice}.`].join("\n")}\n`];
}

function sumOf(findings: readonly Finding[]): string {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings, notes] = [count("error"), count("warning"), count("note")];
  if (errors + warnings === 0) {
    return `${colors.green("nothing is wrong")}${notes === 0 ? "" : `, ${amount(notes, "note", "notes")}`}`;
  }
  return [amount(errors, "error", "errors"), amount(warnings, "warning", "warnings"), amount(notes, "note", "notes")].join(", ");
}
