import { performance } from "node:perf_hooks";
import type { Terminal } from "../terminal.js";

/** Whom nobody watches it tells now and then. */
const NOTE_EVERY_MS = 10_000;
const LINE_EVERY_MS = 250;

/** How far a migration is, and how long it may take. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #total: number;
  readonly #done: number;
  readonly #startedAt = performance.now();
  #lastLine = 0;
  #lastNote = performance.now();

  /**
   * @param total About how many keys there are.
   * @param done How many an earlier run has looked at.
   */
  constructor(terminal: Terminal, total: number, done: number) {
    this.#terminal = terminal;
    this.#total = total;
    this.#done = done;
  }

  tell(scanned: number, found: number): void {
    const now = performance.now();
    const isNote = process.stderr.isTTY !== true;
    if (now - (isNote ? this.#lastNote : this.#lastLine) < (isNote ? NOTE_EVERY_MS : LINE_EVERY_MS)) return;
    const text = this.#text(Math.min(scanned, this.#total), found, (now - this.#startedAt) / 1000);
    if (isNote) this.#terminal.note(text);
    else this.#terminal.progress(text);
    this.#lastLine = now;
    this.#lastNote = now;
  }

  #text(scanned: number, found: number, seconds: number): string {
    const rate = Math.max(1, (scanned - this.#done) / seconds);
    const left = Math.ceil((this.#total - scanned) / rate);
    const share = this.#total === 0 ? 100 : Math.floor((100 * scanned) / this.#total);
    return `${share} %, ${found.toLocaleString("en")} sessions, ${Math.round(rate).toLocaleString("en")} keys/s, about ${lasting(left)} left`;
  }
}

function lasting(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
