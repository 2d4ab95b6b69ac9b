/**
 * What was read with a list, for the reads that follow it: better-auth asks for each session of a list by itself, at once and
 * in its order. Each text is answered once, in this order, and in the same turn of the event loop only.
 */
export class ReadTogether {
  #texts = new Map<string, string | null>();

  /** @param texts Keys and what is there. */
  add(texts: Iterable<readonly [key: string, text: string | null]>): void {
    this.#texts = new Map(texts);
    later(() => this.#texts.clear());
  }

  /** `undefined`: it has to be read. */
  take(key: string): string | null | undefined {
    const text = this.#texts.get(key);
    this.#texts.delete(key);
    return text;
  }

  forget(): void {
    this.#texts.clear();
  }
}

const later: (run: () => void) => unknown =
  typeof setImmediate === "function" ? setImmediate : (run) => setTimeout(run);
