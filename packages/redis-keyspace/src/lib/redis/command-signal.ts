import type { Signal } from "./driver.js";

/** An `AbortSignal` that costs next to nothing until it is used: there is one for every command. */
export class CommandSignal implements Signal {
  aborted = false;
  onSource: (() => void) | undefined;
  #listeners: Set<() => void> | undefined;

  addEventListener(_: "abort", listener: () => void): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_: "abort", listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  abort(): void {
    this.aborted = true;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    for (const listener of listeners ?? []) listener();
  }
}
