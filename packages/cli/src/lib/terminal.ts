import Table from "cli-table3";
import colors from "picocolors";

/** What a command says: lines and tables for people, or with `--json` one JSON text for programs, on standard output. */
export class Terminal {
  readonly #json: boolean;

  constructor({ json = false }: { readonly json?: boolean | undefined } = {}) {
    this.#json = json;
  }

  get isJson(): boolean {
    return this.#json;
  }

  /** Whether somebody can be asked. */
  get isInteractive(): boolean {
    return !this.#json && process.stdin.isTTY === true && process.stdout.isTTY === true;
  }

  /** How wide a line may be. */
  get columns(): number {
    return process.stdout.columns ?? 100;
  }

  /** A line for people. */
  line(text = ""): void {
    if (!this.#json) process.stdout.write(`${text}\n`);
  }

  /** A table for people, without borders. */
  table(head: readonly string[], rows: readonly (readonly string[])[], widths?: readonly number[]): void {
    const table = new Table({
      head: head.map((name) => colors.dim(name)),
      chars: borderless,
      style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
      wordWrap: true,
      ...(widths !== undefined && { colWidths: [...widths] }),
    });
    table.push(...rows.map((row) => [...row]));
    this.line(table.toString());
  }

  /** What a program reads, once a command. */
  result(value: unknown): void {
    if (this.#json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** What is said beside the result: on standard error. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

const borderless = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right", "left", "left-mid"]
    .concat(["mid", "mid-mid", "right", "right-mid", "middle"])
    .map((name) => [name, ""]),
);
