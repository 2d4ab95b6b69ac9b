import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import type { Connection, Node } from "./connection.js";
import { isReply } from "./replies.js";

export interface PaceOptions {
  /** At most so many keys a second. */
  readonly rate: number;
}

const PROBE_EVERY_MS = 50;
const PROBES = 10_000;
/** How long others may wait for an answer, besides the way there and back. */
const LIMIT_MS = 5;
const SLOWEST = 0.02;

/**
 * How fast a command goes through the keys: at most at its rate, and slower while Redis takes long to answer others, which
 * it finds out by a PING now and then on connections of its own.
 */
export class Pace {
  readonly #rate: number;
  readonly #probes: Connection;
  readonly #latencies: number[] = [];
  readonly #timer: NodeJS.Timeout;
  #share = 1;
  /** The way to each master and back. */
  readonly #shortestMs = new Map<string, number>();
  #free = performance.now();

  private constructor(probes: Connection, { rate }: PaceOptions) {
    this.#rate = rate;
    this.#probes = probes;
    this.#timer = setInterval(() => {
      for (const node of probes.nodes()) void this.#probe(node);
    }, PROBE_EVERY_MS);
    this.#timer.unref();
  }

  static async start(connection: Connection, options: PaceOptions): Promise<Pace> {
    return new Pace(await connection.duplicate(), options);
  }

  /**
   * Waits until so many keys more may be looked at.
   *
   * @throws what the signal says.
   */
  async take(keys: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const now = performance.now();
    const startsAt = Math.max(this.#free, now);
    // The work on them takes time too, which counts.
    this.#free = startsAt + (keys / (this.#rate * this.#share)) * 1000;
    if (startsAt > now) await wait(startsAt - now, undefined, { signal });
  }

  /** What one of a hundred probes took at least, in milliseconds. */
  get p99Ms(): number {
    const sorted = this.#latencies.slice().sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#probes.close();
  }

  async #probe(node: Node): Promise<void> {
    const sentAt = performance.now();
    // What a server refuses is answered too.
    const isAnswered = await node.command("PING").then(() => true, isReply);
    if (!isAnswered) return;
    const tookMs = performance.now() - sentAt;
    this.#latencies.push(tookMs);
    if (this.#latencies.length > PROBES) this.#latencies.shift();
    const wayMs = Math.min(this.#shortestMs.get(node.name) ?? tookMs, tookMs);
    this.#shortestMs.set(node.name, wayMs);
    const isSlow = tookMs - wayMs > LIMIT_MS;
    this.#share = isSlow ? Math.max(this.#share / 2, SLOWEST) : Math.min(this.#share * 1.1, 1);
  }
}
