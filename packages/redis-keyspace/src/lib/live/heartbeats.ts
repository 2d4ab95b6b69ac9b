import { KeyspaceError } from "../redis/errors.js";
import { platform, timers } from "../runtime.js";
import { afterArrivals } from "../turns.js";

interface Timer {
  unref?(): void;
}

interface Listener {
  /** Whether the stream believes that it hears everything. */
  isConnected(): boolean;
  /** The last message that was sent came back: all that was told before it has been heard. */
  heard(): void;
  /** It did not in time, or could not be sent, or there is nothing to send it for. */
  missed(error?: unknown): void;
}

/**
 * Messages that a store sends through its own client and the stream has to hear: so they know of a connection that hangs,
 * of a server that is not the store's, and of one that is not the master any more.
 */
export class Heartbeats {
  readonly channel: string;
  #everyMs = 0;
  readonly #listener: Listener;
  #publish: ((channel: string, text: string) => Promise<void>) | undefined;
  #timer: Timer | undefined;
  #sent = 0;
  #isAwaited = false;

  constructor(channel: string, listener: Listener) {
    this.channel = channel;
    this.#listener = listener;
  }

  start(everyMs: number, publish: (channel: string, text: string) => Promise<void>): void {
    this.#everyMs = everyMs;
    this.#publish = publish;
    this.#later();
  }

  stop(): void {
    platform.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#publish = undefined;
    this.void();
  }

  /** Sends one now: it may be that everything is heard again. */
  send(): void {
    if (this.#publish === undefined) return;
    this.#isAwaited = true;
    const text = String(++this.#sent);
    this.#publish(this.channel, text).catch((error: unknown) => {
      if (text === String(this.#sent)) this.#listener.missed(error);
    });
  }

  /** What is under way counts no more. */
  void(): void {
    this.#sent++;
    this.#isAwaited = false;
  }

  hear(text: string): void {
    if (!this.#isAwaited || text !== String(this.#sent)) return;
    this.#isAwaited = false;
    this.#listener.heard();
  }

  #later(): void {
    this.#timer = timers.setTimeout(() => this.#next(), this.#everyMs) as Timer;
    this.#timer.unref?.();
  }

  #next(): void {
    // Where the event loop was blocked, it may lie in the socket.
    afterArrivals(() => {
      if (this.#timer === undefined) return;
      if (this.#isAwaited) {
        this.#listener.missed(new KeyspaceError("ERR_REDIS_TIMEOUT", `nothing was heard for ${this.#everyMs} ms`));
      } else if (this.#listener.isConnected()) {
        this.send();
      } else {
        this.#listener.missed();
      }
      this.#later();
    });
  }
}
