const MAX_WRONG = 10;
const WINDOW_MS = 10 * 60_000;
const MAX_ADDRESSES = 10_000;

/** Counts wrong passwords by e-mail address, in this process. Ten in ten minutes, and the next tries are not looked at. */
export class SignInTries {
  readonly #wrong = new Map<string, number[]>();

  isBlocked(email: string): boolean {
    return this.#recent(email).length >= MAX_WRONG;
  }

  addWrong(email: string): void {
    const tries = [...this.#recent(email), Date.now()];
    // Last in the order of the map, whose first is forgotten where there are too many.
    this.#wrong.delete(email);
    this.#wrong.set(email, tries);
    const [oldest] = this.#wrong.keys();
    if (this.#wrong.size > MAX_ADDRESSES && oldest !== undefined) this.#wrong.delete(oldest);
  }

  forget(email: string): void {
    this.#wrong.delete(email);
  }

  #recent(email: string): number[] {
    return (this.#wrong.get(email) ?? []).filter((at) => Date.now() - at < WINDOW_MS);
  }
}
