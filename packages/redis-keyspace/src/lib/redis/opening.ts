import { platform } from "../runtime.js";
import type { Driver } from "./driver.js";
import { untraced } from "./tracers.js";

/**
 * Keeps commands from a client that cannot send them, or does not answer: it is handed one PING, and everything else
 * waits for that one's answer. So nothing that was given up is carried out later. Nothing to wait for otherwise.
 */
export class Opening {
  /** Whether a command timed out and nothing has been answered since. */
  stalled = false;
  readonly #driver: Driver;
  readonly #timeoutMs: number;
  readonly #isAnswer: (error: unknown) => boolean;
  #pinging: Promise<void> | undefined;
  #since = 0;

  /** @param isAnswer Whether an error is what the server itself says to a PING. */
  constructor(driver: Driver, timeoutMs: number, isAnswer: (error: unknown) => boolean) {
    this.#driver = driver;
    this.#timeoutMs = timeoutMs;
    this.#isAnswer = isAnswer;
  }

  wait(): Promise<void> | undefined {
    const { ping, isReady } = this.#driver;
    if (ping === undefined || !(this.stalled || isReady?.() === false)) return undefined;
    const now = platform.performance.now();
    // A client that was given up may never answer.
    if (this.#pinging === undefined || now - this.#since > this.#timeoutMs) {
      this.#since = now;
      this.#pinging = this.#ping(ping);
    }
    return this.#pinging;
  }

  async #ping(ping: () => Promise<unknown>): Promise<void> {
    try {
      await untraced(ping);
    } catch (error) {
      // Whoever may not say PING is connected too.
      if (!this.#isAnswer(error)) throw error;
    } finally {
      this.#pinging = undefined;
    }
    this.stalled = false;
  }
}
