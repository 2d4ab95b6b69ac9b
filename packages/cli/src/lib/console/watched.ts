const AT_MOST_EVERY_MS = 100;

/** A state that pages show while it changes. */
export class Watched<State> {
  readonly #watchers = new Set<() => void>();
  #state: State;
  #telling: NodeJS.Timeout | undefined;

  constructor(state: State) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  /** How many look at it. */
  get watchers(): number {
    return this.#watchers.size;
  }

  show(state: State): void {
    this.#state = state;
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      for (const watcher of this.#watchers) watcher();
    }, AT_MOST_EVERY_MS).unref();
  }

  /** Calls when it has changed, ten times a second at most. Returns what ends that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }
}
