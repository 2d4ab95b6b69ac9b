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
