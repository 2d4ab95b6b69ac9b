import { performance } from "node:perf_hooks";
import type { Terminal } from "../terminal.js";

/** Whom nobody watches it tells now and then. */
const NOTE_EVERY_MS = 10_000;
const LINE_EVERY_MS = 250;

/** How much is done, of keys that were looked at and of sessions that were found. */
interface Done {
  readonly scanned: number;
  readonly found: number;
}

/** How far a migration is, and how long it may take. */
export class MigrationProgress {
  readonly #terminal: Terminal;
  readonly #total: number;
  readonly #before: Done;
  readonly #startedAt = performance.now();
  #lastLine = 0;
  #lastNote = performance.now();

  /**
   * @param total About how much there is to scan.
   * @param before What an earlier run has done.
   */
  constructor(terminal: Terminal, total: number, before: Done) {
    this.#terminal = terminal;
    this.#total = total;
    this.#before = before;
  }

  tell(done: Done): void {
    const now = performance.now();
    const isNote = process.stderr.isTTY !== true;
    if (now - (isNote ? this.#lastNote : this.#lastLine) < (isNote ? NOTE_EVERY_MS : LINE_EVERY_MS)) return;
    const text = this.#text(done, (now - this.#startedAt) / 1000);
    if (isNote) this.#terminal.note(text);
    else this.#terminal.progress(text);
    this.#lastLine = now;
    this.#lastNote = now;
  }

  #text({ scanned, found }: Done, seconds: number): string {
    const left = Math.max(0, this.#total - scanned);
    const share = this.#total === 0 ? 100 : Math.floor(100 * (1 - left / this.#total));
    const rate = Math.round((found - this.#before.found) / seconds);
    const leftSeconds = Math.ceil((left * seconds) / Math.max(1, scanned - this.#before.scanned));
    const [sessions, speed] = [found, rate].map((number) => number.toLocaleString("en"));
    return `${share} %, ${sessions} sessions, ${speed} a second, about ${lasting(leftSeconds)} left`;
  }
}

function lasting(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
