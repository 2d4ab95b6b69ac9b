import { CliError } from "./cli-error.js";
import { exitCodes } from "./exit-codes.js";

/** Ends a long command: with the first Ctrl-C it stops after what is under way, with the second at once. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #onSignal = (): void => {
    if (this.#controller.signal.aborted) process.exit(130);
    this.#controller.abort();
  };

  constructor() {
    process.on("SIGINT", this.#onSignal);
    process.on("SIGTERM", this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @throws {CliError} after Ctrl-C. */
  check(): void {
    if (!this.signal.aborted) return;
    throw new CliError("stopped before its end", exitCodes.interrupted, { advice: "The same command begins anew" });
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#onSignal);
    process.off("SIGTERM", this.#onSignal);
  }
}
