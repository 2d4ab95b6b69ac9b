import { microtasksOnly, platform, timers } from "../runtime.js";

/** Elsewhere a timer is a number, and the process waits for it. */
interface NodeTimer {
  ref?(): void;
  unref?(): void;
}

/** Something that may take so long. */
export interface TimeLimit {
  /** It did not take so long. */
  end(): void;
}

/**
 * The same limit for many commands, under one timer. To make a timer for each command and to take it back costs more than
 * most of what is done for it here.
 */
export class TimeLimits {
  readonly #ms: number;
  /** The one whose time is over first. All have the same time, so they stand in the order in which they began. */
  #first: UnderWay | undefined;
  #last: UnderWay | undefined;
  #timer: NodeTimer | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** @param over Called when the time is over. */
  begin(over: () => void): TimeLimit {
    if (microtasksOnly) return ownTimer(over, this.#ms);
    const last = this.#last;
    const begun = new UnderWay(this, platform.performance.now() + this.#ms, over, last);
    if (last === undefined) this.#first = begun;
    else last.next = begun;
    this.#last = begun;
    if (this.#timer === undefined) this.#wait(this.#ms);
    else if (last === undefined) this.#timer.ref?.();
    return begun;
  }

  /** @internal */
  remove({ previous, next }: UnderWay): void {
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // With nothing under way the timer keeps no process alive.
    if (this.#first === undefined) this.#timer?.unref?.();
  }

  #wait(ms: number): void {
    this.#timer = timers.setTimeout(() => this.#look(), ms) as NodeTimer;
  }

  #look(): void {
    const now = platform.performance.now();
    while (this.#first !== undefined && this.#first.until <= now) {
      const { over } = this.#first;
      this.#first.end();
      over();
    }
    this.#timer = undefined;
    if (this.#first !== undefined) this.#wait(Math.ceil(this.#first.until - now));
  }
}

class UnderWay implements TimeLimit {
  readonly until: number;
  readonly over: () => void;
  previous: UnderWay | undefined;
  next: UnderWay | undefined;
  #all: TimeLimits | undefined;

  constructor(all: TimeLimits, until: number, over: () => void, previous: UnderWay | undefined) {
    this.#all = all;
    this.until = until;
    this.over = over;
    this.previous = previous;
    this.next = undefined;
  }

  end(): void {
    this.#all?.remove(this);
    this.#all = undefined;
  }
}

/** On Cloudflare a timer belongs to the request that it was made for. */
function ownTimer(over: () => void, ms: number): TimeLimit {
  const timer = timers.setTimeout(over, ms);
  return { end: () => timers.clearTimeout(timer) };
}
