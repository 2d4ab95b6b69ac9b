/** A state that pages show while it changes. */
export class Shown<State> {
  readonly #watchers = new Set<() => void>();
  #state: State;

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
    for (const watcher of this.#watchers) watcher();
  }

  /** Calls at each change. Returns what ends that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }
}
