import type { Session } from "redis-keyspace";

export interface Data {
  readonly n: number;
}

interface Span {
  readonly since: number;
  readonly until: number;
}

/** A time in which Redis may have lost what it acknowledged, and the keys of which it may have lost some. */
export interface Window {
  readonly since: number;
  until: number;
  readonly affects: (key: string) => boolean;
}

/** One session, as far as its only writer was told. */
export interface Known {
  readonly id: string;
  readonly userId: string;
  /** As it was written last. */
  session: Session<Data> | undefined;
  /** Doubtful: an operation without an answer may have created or ended it. */
  state: "live" | "gone" | "doubtful";
  /** Increments that were acknowledged, and those without an answer. */
  n: number;
  unsure: number;
  /** Grows with every operation that begins or ends, so it is odd while one is under way. */
  version: number;
  /** Its id before a rotation with a grace. */
  former: Known | undefined;
  readonly history: (Span & { readonly operation: string })[];
}

export interface User {
  readonly id: string;
  readonly sessions: Map<string, Known>;
  version: number;
}

export function newSession(user: User, id: string): Known {
  const known: Known = {
    ...{ id, userId: user.id, session: undefined, state: "doubtful", n: 0, unsure: 0, version: 0 },
    former: undefined,
    history: [],
  };
  user.sessions.set(id, known);
  return known;
}

/** What is known of one store's sessions, and where the store answered otherwise. */
export class Ledger {
  readonly name: string;
  readonly users: User[] = [];
  /** What no loss of Redis's explains. */
  readonly faults: string[] = [];
  /** What was acknowledged in a window, and is not as it was acknowledged. */
  readonly losses = new Map<string, number>();
  /** Operations without an answer, by error code. */
  readonly rejected = new Map<string, number>();
  readonly #windows: Window[] = [];
  readonly keysOf: (known: Known) => readonly string[];

  constructor(name: string, keysOf: (known: Known) => readonly string[]) {
    this.name = name;
    this.keysOf = keysOf;
  }

  addUser(id: string): User {
    const user = { id, sessions: new Map(), version: 0 };
    this.users.push(user);
    return user;
  }

  lossy(window: Window): void {
    this.#windows.push(window);
  }

  /** A store's answer that contradicts what was acknowledged: a loss of Redis's where it can be one, else a fault. */
  contradicts(kind: string, known: Known): void {
    if (known.state === "doubtful" && kind !== "unlisted") return;
    known.state = "doubtful";
    if (this.mayBeLost(known)) {
      this.losses.set(kind, (this.losses.get(kind) ?? 0) + 1);
      return;
    }
    this.#fault(kind, known);
  }

  /** The same where the answer does not say which session it is about. */
  contradictsUser(kind: string, user: User): void {
    const sessions = [...user.sessions.values()];
    const last = sessions.at(-1);
    if (last !== undefined && !sessions.some((known) => this.mayBeLost(known))) this.#fault(kind, last);
  }

  /** Whether it was used in a window that affects it. */
  mayBeLost(known: Known): boolean {
    const keys = this.keysOf(known);
    return this.#windows.some(
      ({ affects, since, until }) =>
        keys.some(affects) && known.history.some((span) => span.since < until && span.until > since),
    );
  }

  #fault(kind: string, known: Known): void {
    const history = known.history.slice(-8).map(({ operation, since, until }) => {
      return `${operation} ${since.toFixed(0)}-${until.toFixed(0)}`;
    });
    this.faults.push(`${this.name}: ${kind} at ${performance.now().toFixed(0)} after ${history.join(", ")}`);
  }
}

export function liveOf(user: User): Known[] {
  return [...user.sessions.values()].filter(({ state }) => state === "live");
}
