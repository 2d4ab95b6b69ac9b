import { KeyspaceError } from "../redis/errors.js";
import { timers } from "../runtime.js";
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
  /** What no other stream's messages start with. */
  readonly #name: string;
  readonly #channels = new Set<string>();
  /** Those through which the last message has not come back. */
  #awaited = new Set<string>();
  #everyMs = 0;
  readonly #listener: Listener;
  #publish: ((channel: string, text: string) => Promise<void>) | undefined;
  #timer: Timer | undefined;
  #sent = 0;

  constructor(name: string, listener: Listener) {
    this.#name = name;
    this.#listener = listener;
  }

  /** A channel that has to be heard. */
  add(channel: string): void {
    this.#channels.add(channel);
  }

  start(everyMs: number, publish: (channel: string, text: string) => Promise<void>): void {
    this.#everyMs = everyMs;
    this.#publish = publish;
    this.#later();
  }

  stop(): void {
    timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#publish = undefined;
    this.void();
  }

  /** Sends one now: it may be that everything is heard again. */
  send(): void {
    if (this.#publish === undefined) return;
    this.#awaited = new Set(this.#channels);
    const sent = ++this.#sent;
    for (const channel of this.#channels) {
      this.#publish(channel, this.#text).catch((error: unknown) => {
        if (sent === this.#sent) this.#listener.missed(error);
      });
    }
  }

  /** What is under way counts no more. */
  void(): void {
    this.#sent++;
    this.#awaited.clear();
  }

  /** Whether it was one of these messages. */
  hear(channel: string, text: string): boolean {
    if (!text.startsWith(this.#name)) return false;
    if (text === this.#text && this.#awaited.delete(channel) && this.#awaited.size === 0) this.#listener.heard();
    return true;
  }

  get #text(): string {
    return `${this.#name}${this.#sent}`;
  }

  #later(): void {
    this.#timer = timers.setTimeout(() => this.#next(), this.#everyMs) as Timer;
    this.#timer.unref?.();
  }

  #next(): void {
    // Where the event loop was blocked, it may lie in the socket.
    afterArrivals(() => {
      if (this.#timer === undefined) return;
      if (this.#awaited.size > 0) {
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
