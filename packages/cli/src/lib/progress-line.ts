/** One line on standard error that says how far a long command is. Nothing where nobody looks. */
export class ProgressLine {
  readonly #isShown: boolean;
  #shownAt = 0;

  constructor({ isShown = process.stderr.isTTY === true }: { readonly isShown?: boolean } = {}) {
    this.#isShown = isShown;
  }

  show(text: string): void {
    const now = Date.now();
    if (!this.#isShown || now - this.#shownAt < 100) return;
    this.#shownAt = now;
    process.stderr.write(`\r\x1b[2K${text}`);
  }

  clear(): void {
    if (this.#shownAt > 0) process.stderr.write("\r\x1b[2K");
    this.#shownAt = 0;
  }
}
