import { LRUCache } from "lru-cache";

/** What a process remembers of a session it has loaded or stored. */
type Recent =
  /** When it ends, in epoch milliseconds, as far as this process knows. */
  | number
  /** It was loaded. */
  | "loaded"
  /** It was not there to be deleted: somebody else had ended it. */
  | "gone";

/** The sessions that a store saw last, by id: 10,000 at most, in about 1.5 MB. */
export type RecentSessions = LRUCache<string, Recent>;

export function recentSessions(): RecentSessions {
  return new LRUCache({ max: 10_000 });
}

const MAX_IN_FLIGHT = 100_000;

/**
 * The ids of requests under way: those that were loaded and not yet handed back. However many others a process sees
 * meanwhile, these are known to have been there. Who loads and never hands back is forgotten after 100,000 others.
 */
export class SessionsInFlight {
  /** How many requests each has, in the order of the first of them. (An LRUCache clears all of its places when it gets empty.) */
  readonly #requests = new Map<string, number>();

  add(id: string): void {
    this.#requests.set(id, (this.#requests.get(id) ?? 0) + 1);
    if (this.#requests.size > MAX_IN_FLIGHT) this.#requests.delete(this.#requests.keys().next().value as string);
  }

  has(id: string): boolean {
    return this.#requests.has(id);
  }

  remove(id: string): void {
    const left = (this.#requests.get(id) ?? 0) - 1;
    if (left > 0) this.#requests.set(id, left);
    else this.#requests.delete(id);
  }
}
