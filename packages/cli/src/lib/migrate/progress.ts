import { performance } from "node:perf_hooks";
import type { Terminal } from "../terminal.js";

/** Whom nobody watches it tells now and then. */
const NOTE_EVERY_MS = 10_000;
const LINE_EVERY_MS = 250;

/** How much is done: which share of all keys, from 0 to 1, and how many sessions were found among them. */
interface Done {
  readonly share: number;
  readonly found: number;
}

/** How far a migration is, and how long it may take. */
export class MigrationProgress {
  readonly #terminal: Terminal;
  readonly #before: Done;
  readonly #startedAt = performance.now();
  #lastLine = 0;
  #lastNote = performance.now();

  /** @param before What an earlier run has done. */
  constructor(terminal: Terminal, before: Done) {
    this.#terminal = terminal;
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

  #text({ share, found }: Done, seconds: number): string {
    const rate = Math.round((found - this.#before.found) / seconds);
    const leftSeconds = Math.ceil(((1 - share) * seconds) / Math.max(1e-6, share - this.#before.share));
    const [sessions, speed] = [found, rate].map((number) => number.toLocaleString("en"));
    return `${Math.floor(100 * share)} %, ${sessions} sessions, ${speed} a second, about ${lasting(leftSeconds)} left`;
  }
}

function lasting(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
