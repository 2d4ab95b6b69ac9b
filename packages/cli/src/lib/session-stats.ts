import type { Layout, SessionItem } from "redis-keyspace/adapter";
import { sessionFacts } from "./session-facts.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Upper ends of the groups, and the last group has none. */
const perUserGroups = [1, 2, 5, 10, 50, 1000];
const ageGroups = [
  ["under an hour", HOUR_MS],
  ["under a day", DAY_MS],
  ["under a week", 7 * DAY_MS],
  ["under a month", 30 * DAY_MS],
  ["older", Number.POSITIVE_INFINITY],
] as const;

/** What is known of many sessions. */
export interface Stats {
  readonly sessions: number;
  /** How many of them have no user. */
  readonly withoutUser: number;
  readonly users: number;
  readonly mostOfOneUser: number;
  /** How many users have so many sessions. */
  readonly usersBySessions: Readonly<Record<string, number>>;
  /** How many sessions are so old. Empty where they do not say. */
  readonly sessionsByAge: Readonly<Record<string, number>>;
  /** How many end in each of the next 24 hours. */
  readonly endingByHour: readonly number[];
  readonly endingLater: number;
  readonly neverEnding: number;
  /** By samples; `null` where Redis does not say. */
  readonly bytes: { readonly samples: number; readonly mean: number; readonly largest: number } | null;
}

/** Counts sessions as a scan comes by them. */
export class SessionStats {
  readonly #layout: Layout;
  readonly #now = Date.now();
  readonly #perUser = new Map<string, number>();
  readonly #ages = ageGroups.map(() => 0);
  readonly #hours: number[] = Array.from({ length: 24 }, () => 0);
  #sessions = 0;
  #withoutUser = 0;
  #dated = 0;
  #later = 0;
  #never = 0;
  #samples = 0;
  #bytes = 0;
  #largest = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  get sessions(): number {
    return this.#sessions;
  }

  /** @param keyEnd When its key ends, for sessions that do not say themselves; `null`: never. */
  add({ session }: SessionItem<unknown>, keyEnd: number | null): void {
    const { record } = this.#layout.sessions;
    const { createdAt, expiresAt } = sessionFacts(record, session);
    const userId = record.userId(session);
    this.#sessions++;
    if (userId === null) this.#withoutUser++;
    else this.#perUser.set(userId, (this.#perUser.get(userId) ?? 0) + 1);
    if (createdAt !== null) this.#addAge(this.#now - createdAt.getTime());
    this.#addEnd(expiresAt?.getTime() ?? keyEnd);
  }

  addBytes(bytes: number): void {
    this.#samples++;
    this.#bytes += bytes;
    this.#largest = Math.max(this.#largest, bytes);
  }

  result(): Stats {
    const groups = perUserGroups.map((end, i) => ({ start: (perUserGroups[i - 1] ?? 0) + 1, end }));
    const last = (perUserGroups.at(-1) ?? 0) + 1;
    const named = groups.map(({ start, end }) =>
      start === end ? String(start) : `${start} to ${end.toLocaleString("en")}`,
    );
    const names = [...named, `${last.toLocaleString("en")} and more`];
    const users = names.map(() => 0);
    let most = 0;
    for (const count of this.#perUser.values()) {
      const group = perUserGroups.findIndex((end) => count <= end);
      const i = group === -1 ? perUserGroups.length : group;
      users[i] = (users[i] ?? 0) + 1;
      most = Math.max(most, count);
    }
    return {
      sessions: this.#sessions,
      withoutUser: this.#withoutUser,
      users: this.#perUser.size,
      mostOfOneUser: most,
      usersBySessions: Object.fromEntries(names.map((name, i) => [name, users[i] ?? 0])),
      sessionsByAge:
        this.#dated === 0 ? {} : Object.fromEntries(ageGroups.map(([name], i) => [name, this.#ages[i] ?? 0])),
      endingByHour: this.#hours,
      endingLater: this.#later,
      neverEnding: this.#never,
      bytes:
        this.#samples === 0
          ? null
          : { samples: this.#samples, mean: Math.round(this.#bytes / this.#samples), largest: this.#largest },
    };
  }

  #addAge(age: number): void {
    const group = ageGroups.findIndex(([, end]) => age < end);
    this.#dated++;
    this.#ages[group] = (this.#ages[group] ?? 0) + 1;
  }

  #addEnd(end: number | null): void {
    if (end === null) {
      this.#never++;
      return;
    }
    const hour = Math.max(0, Math.floor((end - this.#now) / HOUR_MS));
    if (hour >= this.#hours.length) this.#later++;
    else this.#hours[hour] = (this.#hours[hour] ?? 0) + 1;
  }
}
