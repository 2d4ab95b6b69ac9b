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
  /** Whether it can be asked now. If it connects yet, it calls `ask` of the source when it has done so. */
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

/** How long `close` waits for the server. */
const FAREWELL_MS = 1_000;

/** A source that asks its connection for everything whenever something more is to be heard or the connection is a new one. */
export class AskingSource implements Source {
  readonly kind: Source["kind"];
  readonly #listener: SourceListener;
  readonly #connection: Connection;
  readonly #channels = new Set<string>();
  readonly #prefixes = new Set<string>();
  /** Counts what is asked for, so that the answer to something earlier says nothing. */
  #turn = 0;
  #askedAt: number | undefined;
  #isSoonAsked = false;
  #isUp = false;
  #isClosed = false;

  constructor(listener: SourceListener, connect: (source: AskingSource) => Connection) {
    this.#listener = listener;
    this.#connection = connect(this);
    this.kind = this.#connection.kind;
  }

  add(channel: string, prefix: string): void {
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
    if (this.#askedAt === undefined) {
      this.lost();
      this.ask(true);
    } else if (platform.performance.now() - this.#askedAt > PATIENCE_MS) this.#renew();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#turn++;
    let timer: unknown;
    const enough = new Promise<void>((resolve) => {
      timer = timers.setTimeout(resolve, FAREWELL_MS);
    });
    await Promise.race([this.#connection.leave([...this.#channels]).catch(() => {}), enough]);
    timers.clearTimeout(timer);
  }

  /** For the connection: from now on nothing may be heard. */
  lost(cause?: unknown): void {
    this.#turn++;
    this.#askedAt = undefined;
    if (this.#isClosed || this.#channels.size === 0 || (!this.#isUp && cause === undefined)) return;
    this.#isUp = false;
    this.#listener.onDown(cause);
  }

  /** For the connection: it can be asked, for the first time or again. */
  ask(anew = false): void {
    if (this.#isClosed || this.#channels.size === 0) return;
    const turn = ++this.#turn;
    const isOver = (): boolean => turn !== this.#turn;
    const state = this.#connection.state();
    if (state !== "ready") {
      this.lost(state === "closed" ? new Error("the client is not connected") : undefined);
      return;
    }
    this.#askedAt = platform.performance.now();
    const asked = { channels: [...this.#channels], prefixes: widest(this.#prefixes), anew, isOver };
    this.#connection.ask(asked).then(
      () => {
        if (isOver()) return;
        this.#askedAt = undefined;
        this.#isUp = true;
        this.#listener.onUp();
      },
      (cause: unknown) => {
        if (!isOver()) this.lost(cause);
      },
    );
  }

  #renew(): void {
    this.lost(new Error("the server does not answer"));
    if (this.#connection.renew === undefined) this.ask(true);
    else this.#connection.renew();
  }
}

function widest(prefixes: ReadonlySet<string>): readonly string[] {
  return [...prefixes].filter((one) => ![...prefixes].some((other) => other !== one && one.startsWith(other)));
}
