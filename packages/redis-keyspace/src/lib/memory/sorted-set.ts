import type { Bytes } from "./bytes.js";

export type Scored = readonly [member: Bytes, score: number];

/** An end of a range of scores. */
export interface Bound {
  readonly score: number;
  readonly exclusive: boolean;
}

/** Members in the order of their scores, then of their bytes. */
export class SortedSet {
  readonly #scores = new Map<Bytes, number>();
  readonly #order: Scored[] = [];

  get size(): number {
    return this.#order.length;
  }

  score(member: Bytes): number | undefined {
    return this.#scores.get(member);
  }

  /** Adds a member or gives it another score. */
  enter(member: Bytes, score: number): void {
    this.leave(member);
    this.#scores.set(member, score);
    this.#order.splice(this.#place(member, score), 0, [member, score]);
  }

  leave(member: Bytes): boolean {
    const score = this.#scores.get(member);
    if (score === undefined) return false;
    this.#scores.delete(member);
    this.#order.splice(this.#place(member, score), 1);
    return true;
  }

  /** By places; the end is not included. */
  slice(start: number, end: number): Scored[] {
    return this.#order.slice(start, end);
  }

  /** By scores. */
  within(min: Bound, max: Bound): Scored[] {
    const start = this.#count(([, score]) => score < min.score || (min.exclusive && score === min.score));
    const end = this.#count(([, score]) => score < max.score || (!max.exclusive && score === max.score));
    return this.#order.slice(start, end);
  }

  #place(member: Bytes, score: number): number {
    return this.#count(([other, its]) => its < score || (its === score && other < member));
  }

  /** How many there are before the first for which this does not hold. */
  #count(isBefore: (scored: Scored) => boolean): number {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const scored = this.#order[middle];
      if (scored !== undefined && isBefore(scored)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
