import { clearLine, cursorTo } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import Table from "cli-table3";
import colors from "picocolors";

/** Between two columns. */
const GAP = 2;
/** What the widest column keeps at least. */
const NARROWEST = 12;

/** What a command says: lines and tables for people, or with `--json` one JSON text for programs, on standard output. */
export class Terminal {
  readonly #json: boolean;

  constructor({ json = false }: { readonly json?: boolean | undefined } = {}) {
    this.#json = json;
  }

  /** Whether somebody can be asked. */
  get isInteractive(): boolean {
    return !this.#json && process.stdin.isTTY === true && process.stdout.isTTY === true;
  }

  /** How wide a line may be. As wide as it likes where it goes to a file or another program. */
  get columns(): number {
    return process.stdout.columns ?? Number.POSITIVE_INFINITY;
  }

  /** A line for people. */
  line(text = ""): void {
    if (this.#json) return;
    clearProgress();
    process.stdout.write(`${text}\n`);
  }

  /** A table for people, without borders. In a terminal that is too narrow the widest column is wrapped. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const table = new Table({
      head: head.map((name) => colors.dim(name)),
      chars: borderless,
      style: { head: [], border: [], "padding-left": 0, "padding-right": GAP },
      wordWrap: true,
      colWidths: widthsIn(this.columns, [head, ...rows]),
    });
    table.push(...rows.map((row) => [...row]));
    this.line(table.toString().replace(/ +$/gm, ""));
  }

  /** What a program reads, once a command. */
  result(value: unknown): void {
    if (!this.#json) return;
    clearProgress();
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** What a program reads as it comes: one JSON text a line. */
  event(value: unknown): void {
    if (this.#json) process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** What is said beside the result: on standard error. */
  note(text: string): void {
    clearProgress();
    process.stderr.write(`${text}\n`);
  }

  /** How far a long command is, in the place of what was said before. Nothing where nobody watches. */
  progress(text: string): void {
    if (process.stderr.isTTY !== true) return;
    clearProgress();
    process.stderr.write(colors.dim(text.slice(0, process.stderr.columns - 1)));
    hasProgress = true;
  }
}

let hasProgress = false;

/** Before something else is said. */
export function clearProgress(): void {
  if (!hasProgress) return;
  cursorTo(process.stderr, 0);
  clearLine(process.stderr, 0);
  hasProgress = false;
}

function widthsIn(columns: number, rows: readonly (readonly string[])[]): number[] {
  const lengths = rows.map((row) => row.map((cell) => stripVTControlCharacters(cell).length));
  const widths = (lengths[0] ?? []).map((_, i) => Math.max(...lengths.map((row) => row[i] ?? 0)) + GAP);
  const surplus = widths.reduce((sum, width) => sum + width, 0) - columns;
  const widest = widths.indexOf(Math.max(...widths));
  return widths.map((width, i) => (i === widest && surplus > 0 ? Math.max(width - surplus, NARROWEST) : width));
}

const borderless = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right", "left", "left-mid"]
    .concat(["mid", "mid-mid", "right", "right-mid", "middle"])
    .map((name) => [name, ""]),
);
