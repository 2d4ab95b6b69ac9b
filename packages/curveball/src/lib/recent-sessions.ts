/** What a process remembers of a session it has loaded or stored. */
export type Recent =
  /** When it ends, in epoch milliseconds, as far as this process knows. */
  | number
  /** It was loaded. */
  | "loaded"
  /** It was not there to be deleted: somebody else had ended it. */
  | "gone";

/** The sessions that a store saw last: as many as fit, the least recent go first. */
export class RecentSessions {
  readonly #sessions = new Map<string, Recent>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  get(id: string): Recent | undefined {
    return this.#sessions.get(id);
  }

  set(id: string, recent: Recent): void {
    this.#sessions.delete(id);
    this.#sessions.set(id, recent);
    if (this.#sessions.size <= this.#size) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }
}
