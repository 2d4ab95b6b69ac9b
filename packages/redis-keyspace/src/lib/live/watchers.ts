import { timers } from "../runtime.js";
import type { EndReason, SessionWatcher } from "./session-stream.js";

/** How often it is looked whose time is over, in milliseconds. */
const TICK_MS = 500;

/** How many sessions are looked at in one command. */
const LOOKED_AT_ONCE = 256;

/** How long it is waited for somebody to tell why a record is gone, in milliseconds. */
const TELLING_MS = 100;

/** What a look at a session finds. */
export type Found =
  | { readonly kind: "live"; readonly owner: string | null; readonly deadline: number }
  /** It goes on under another id. */
  | { readonly kind: "former" }
  | { readonly kind: "gone" }
  /** Redis, or a codec, could not say. */
  | { readonly kind: "unknown" };

/** One session that somebody watches. */
interface Held {
  readonly watchers: Set<SessionWatcher>;
  /** Not known before the first look. */
  owner: string | null | undefined;
  /** When it is over unless it was touched meanwhile. */
  deadline: number;
  /** Whether its record is gone, and nobody has told why. */
  isGone: boolean;
  /** The tick at which it is looked at then. */
  tick: number | undefined;
}

interface Timer {
  unref?(): void;
}

/** Those who want to know when a session ends. A session that nobody watches any more takes no memory. */
export class Watchers {
  readonly #look: (storedIds: readonly string[]) => Promise<Found[]>;
  readonly #held = new Map<string, Held>();
  readonly #due = new Map<number, Set<string>>();
  #toLookAt = new Set<string>();
  #isLooking = false;
  #lastTick = 0;
  #timer: Timer | undefined;

  /** @param look Looks at sessions. */
  constructor(look: (storedIds: readonly string[]) => Promise<Found[]>) {
    this.#look = look;
  }

  /** @param deadline When it ends, where that is known. */
  add(storedId: string, watcher: SessionWatcher, deadline = Number.POSITIVE_INFINITY): () => void {
    let isOff = false;
    const own: SessionWatcher = { onEnd: (reason) => (isOff ? undefined : watcher.onEnd(reason)) };
    const held = this.#held.get(storedId);
    if (held === undefined) {
      this.#held.set(storedId, {
        watchers: new Set([own]),
        owner: undefined,
        deadline,
        isGone: false,
        tick: undefined,
      });
      this.#startTicking();
    } else {
      held.watchers.add(own);
    }
    // It may have ended before anybody told this process.
    this.look([storedId]);
    return () => {
      isOff = true;
      const now = this.#held.get(storedId);
      if (now?.watchers.delete(own) === true && now.watchers.size === 0) this.#drop(storedId, now);
    };
  }

  /** A session has ended. */
  end(storedId: string, reason: EndReason): void {
    const held = this.#held.get(storedId);
    if (held === undefined) return;
    this.#drop(storedId, held);
    for (const { onEnd } of held.watchers) {
      try {
        const told: unknown = onEnd(reason);
        if (told instanceof Promise) told.catch(() => {});
      } catch {
        // A watcher's own affair.
      }
    }
  }

  /** A session has another owner. One who has signed in goes on; anybody else is not who was watched. */
  move(storedId: string, formerOwner: string | null, owner: string | null): void {
    const held = this.#held.get(storedId);
    if (held === undefined) return;
    if (formerOwner !== null) this.end(storedId, "replaced");
    // A look that is under way may have seen the former one.
    else this.#held.set(storedId, { ...held, owner });
  }

  /** Something may have happened to these. */
  look(storedIds: Iterable<string>): void {
    for (const storedId of storedIds) if (this.#held.has(storedId)) this.#toLookAt.add(storedId);
    if (!this.#isLooking && this.#toLookAt.size > 0) {
      this.#isLooking = true;
      // What comes in one turn is one command.
      timers.setTimeout(() => void this.#lookAtAll(), 0);
    }
  }

  /** Anything may have happened to any of them. */
  lookAtAll(): void {
    this.look(this.#held.keys());
  }

  async #lookAtAll(): Promise<void> {
    while (this.#toLookAt.size > 0) {
      const some = [...this.#toLookAt].slice(0, LOOKED_AT_ONCE);
      for (const storedId of some) this.#toLookAt.delete(storedId);
      const asked = some.map((storedId) => this.#held.get(storedId));
      const found = await this.#look(some).catch(() => []);
      for (const [i, storedId] of some.entries()) {
        if (this.#held.get(storedId) === asked[i]) this.#settle(storedId, found[i] ?? { kind: "unknown" });
        else this.look([storedId]);
      }
    }
    this.#isLooking = false;
  }

  #settle(storedId: string, found: Found): void {
    const held = this.#held.get(storedId);
    if (held === undefined) return;
    if (found.kind === "unknown") {
      // The next tick looks again.
      this.#wait(storedId, 0);
    } else if (found.kind === "gone") {
      if (held.deadline <= Date.now()) this.end(storedId, "expired");
      else if (held.isGone) this.end(storedId, "revoked");
      // The answer to a look may be earlier than what was told before it.
      else timers.setTimeout(() => this.look([storedId]), TELLING_MS);
      held.isGone = true;
    } else if (found.kind === "former") {
      this.end(storedId, "rotated");
    } else if (held.owner != null && held.owner !== found.owner) {
      this.end(storedId, "replaced");
    } else {
      held.owner = found.owner;
      this.#wait(storedId, found.deadline);
    }
  }

  /** Until its end. One that is over by this process's clock and not by Redis's is looked at again at the next tick. */
  #wait(storedId: string, deadline: number): void {
    const held = this.#held.get(storedId);
    if (held === undefined) return;
    if (deadline > 0) held.deadline = deadline;
    this.#forgetTick(storedId, held);
    if (deadline === Number.POSITIVE_INFINITY) return;
    const tick = Math.max(Math.ceil(deadline / TICK_MS), this.#lastTick + 1);
    const due = this.#due.get(tick);
    if (due === undefined) this.#due.set(tick, new Set([storedId]));
    else due.add(storedId);
    held.tick = tick;
  }

  #drop(storedId: string, held: Held): void {
    this.#held.delete(storedId);
    this.#toLookAt.delete(storedId);
    this.#forgetTick(storedId, held);
    if (this.#held.size > 0 || this.#timer === undefined) return;
    timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #forgetTick(storedId: string, held: Held): void {
    if (held.tick === undefined) return;
    const due = this.#due.get(held.tick);
    due?.delete(storedId);
    if (due?.size === 0) this.#due.delete(held.tick);
    held.tick = undefined;
  }

  #startTicking(): void {
    if (this.#timer !== undefined) return;
    this.#lastTick = Math.floor(Date.now() / TICK_MS);
    this.#tickLater();
  }

  #tickLater(): void {
    this.#timer = timers.setTimeout(() => this.#tick(), TICK_MS) as Timer;
    // It keeps no process alive.
    this.#timer.unref?.();
  }

  #tick(): void {
    const now = Math.floor(Date.now() / TICK_MS);
    // A clock that was put forward, or a process that slept, skips many.
    const ticks = now - this.#lastTick > this.#due.size ? [...this.#due.keys()] : range(this.#lastTick + 1, now);
    this.#lastTick = now;
    for (const tick of ticks) {
      if (tick > now) continue;
      const due = this.#due.get(tick);
      this.#due.delete(tick);
      for (const storedId of due ?? []) {
        const held = this.#held.get(storedId);
        if (held !== undefined) held.tick = undefined;
      }
      if (due !== undefined) this.look(due);
    }
    this.#tickLater();
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}
