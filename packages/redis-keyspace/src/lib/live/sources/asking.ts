import { platform, timers } from "../../runtime.js";
import type { Source, SourceListener } from "../source.js";

/** What shall be heard. */
export interface Asked {
  readonly channels: readonly string[];
  /** Of keys. None of them begins with another one, which Redis would refuse. */
  readonly prefixes: readonly string[];
  /** It may be that what the client takes for subscribed is not heard. */
  readonly anew: boolean;
  /** Whether something else has been asked for since, or the connection was lost. */
  isOver(): boolean;
}

/** What a client does for a source. */
export interface Connection {
  readonly kind: Source["kind"];
  /** Whether it can be asked now. If it connects yet, it calls `ready` of the source when it has done so. */
  state(): "ready" | "connecting" | "closed";
  /** Resolves when all is heard. */
  ask(asked: Asked): Promise<unknown>;
  /** Connects again. Called where the present connection answers nothing. */
  renew?(): void;
  /** Hears nothing more and takes its listeners away. */
  leave(channels: readonly string[]): Promise<unknown>;
}

/** How long an answer is waited for before the connection counts as dead. */
const PATIENCE_MS = 5_000;

/** How long `close` waits for an answer, at most twice. */
const FAREWELL_MS = 500;

/**
 * A source that asks its connection for everything whenever something more is to be heard or the connection is a new one:
 * one thing after the other, because some clients send what is asked for at the same time in another order.
 */
export class AskingSource implements Source {
  readonly kind: Source["kind"];
  readonly #listener: SourceListener;
  readonly #connection: Connection;
  readonly #channels = new Set<string>();
  readonly #prefixes = new Set<string>();
  /** Counts what is asked for, so that the answer to something earlier says nothing. */
  #turn = 0;
  #asking: Promise<void> = Promise.resolve();
  #askedAt: number | undefined;
  #isDoubted = false;
  #isSoonAsked = false;
  #isUp = false;
  #isClosed = false;

  constructor(listener: SourceListener, connect: (source: AskingSource) => Connection) {
    this.#listener = listener;
    this.#connection = connect(this);
    this.kind = this.#connection.kind;
  }

  add(channel: string, prefix: string): void {
    if (this.#channels.has(channel) && this.#prefixes.has(prefix)) return;
    this.#channels.add(channel);
    this.#prefixes.add(prefix);
    this.lost();
    if (this.#isSoonAsked) return;
    this.#isSoonAsked = true;
    timers.queueMicrotask(() => {
      this.#isSoonAsked = false;
      this.ask();
    });
  }

  retry(): void {
    if (this.#askedAt === undefined) this.askAnew();
    else if (platform.performance.now() - this.#askedAt > PATIENCE_MS) this.#renew();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#turn++;
    await within(FAREWELL_MS, this.#asking);
    await within(FAREWELL_MS, this.#connection.leave([...this.#channels]));
  }

  /** For the connection: from now on nothing may be heard. */
  lost(cause?: unknown): void {
    this.#turn++;
    this.#askedAt = undefined;
    if (this.#isClosed || this.#channels.size === 0 || (!this.#isUp && cause === undefined)) return;
    this.#isUp = false;
    this.#listener.onDown(cause);
  }

  /** For the connection: it is a new one, on which the client has done what it does by itself. */
  ready(): void {
    this.#isDoubted = false;
    this.ask();
  }

  /** It may be that what the client takes for subscribed is not heard. */
  askAnew(): void {
    this.lost();
    this.#isDoubted = true;
    this.ask();
  }

  ask(): void {
    if (this.#isClosed || this.#channels.size === 0) return;
    const turn = ++this.#turn;
    const isOver = (): boolean => turn !== this.#turn;
    const state = this.#connection.state();
    if (state !== "ready") {
      this.lost(state === "closed" ? new Error("the client is not connected") : undefined);
      return;
    }
    this.#askedAt = platform.performance.now();
    this.#asking = this.#asking
      .then(() => (isOver() ? undefined : this.#connection.ask(this.#asked(isOver))))
      .then(
        () => {
          if (!isOver()) this.#heard();
        },
        (cause: unknown) => {
          if (!isOver()) this.lost(cause);
        },
      );
  }

  #asked(isOver: () => boolean): Asked {
    const channels = [...this.#channels];
    return { channels, prefixes: widest(this.#prefixes), anew: this.#isDoubted, isOver };
  }

  #heard(): void {
    this.#askedAt = undefined;
    this.#isDoubted = false;
    this.#isUp = true;
    this.#listener.onUp();
  }

  #renew(): void {
    this.lost(new Error("the server does not answer"));
    // What was asked for will not be answered.
    this.#asking = Promise.resolve();
    if (this.#connection.renew === undefined) this.askAnew();
    else this.#connection.renew();
  }
}

function widest(prefixes: ReadonlySet<string>): readonly string[] {
  return [...prefixes].filter((one) => ![...prefixes].some((other) => other !== one && one.startsWith(other)));
}

async function within(ms: number, answer: Promise<unknown>): Promise<void> {
  let timer: unknown;
  const enough = new Promise<void>((resolve) => {
    timer = timers.setTimeout(resolve, ms);
  });
  await Promise.race([answer.catch(() => {}), enough]);
  timers.clearTimeout(timer);
}
