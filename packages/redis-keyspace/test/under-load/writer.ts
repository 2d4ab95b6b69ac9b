import { randomUUID } from "node:crypto";
import { KeyspaceError, type Session, type SessionStore } from "redis-keyspace";
import { type Data, type Known, type Ledger, liveOf, newSession, type User } from "./ledger.js";

type Store = SessionStore<Data>;

const unanswered = Symbol("unanswered");

/** How many sessions a user has at most. */
const MAX_SESSIONS = 6;

/** After how many sessions the next user comes; those that live go on. */
const SESSIONS_OF_USER = 60;

/** Writes the sessions of one user at a time, and nobody else does: so it knows what was acknowledged. */
export class Writer {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #name: string;
  readonly #exact: boolean;
  #user: User;
  #users = 1;

  /** @param exact Whether the store's `deleteAll` counts those that a list has ended meanwhile. */
  constructor(store: Store, ledger: Ledger, name: string, exact: boolean) {
    this.#store = store;
    this.#ledger = ledger;
    this.#name = name;
    this.#exact = exact;
    this.#user = ledger.addUser(`${name}.0`);
  }

  /** Does something. Answers whether it was acknowledged. */
  async step(): Promise<boolean> {
    if (this.#user.sessions.size >= SESSIONS_OF_USER) this.#nextUser();
    const live = liveOf(this.#user);
    const known = pick(live);
    if (known === undefined || (live.length < MAX_SESSIONS && Math.random() < 0.3)) return await this.#create();
    const [operation] = pick(weighted) as (typeof weighted)[number];
    return await this[operation](known);
  }

  async #create(): Promise<boolean> {
    const known = newSession(this.#user, randomUUID());
    const session = await this.#attempt("create", [known], () =>
      this.#store.create({ id: known.id, userId: known.userId, data: { n: 0 } }),
    );
    if (session === unanswered) return false;
    this.#lives(known, session);
    return true;
  }

  async update(known: Known): Promise<boolean> {
    const session = await this.#attempt("update", [known], () =>
      this.#store.update(target(known), ({ data }) => ({ data: { n: data.n + 1 } })),
    );
    if (session === unanswered) {
      known.unsure++;
      return false;
    }
    if (session === null) return this.#contradicts("none for a live one", known);
    if (session.data.n <= known.n) return this.#contradicts("older", known);
    if (session.data.n > known.n + 1 + known.unsure) return this.#contradicts("counted twice", known);
    known.unsure -= session.data.n - known.n - 1;
    known.n = session.data.n;
    known.session = session;
    return true;
  }

  async touch(known: Known): Promise<boolean> {
    const end = await this.#attempt("touch", [known], () => this.#store.touch(target(known)));
    if (end === unanswered) return false;
    return end !== null || this.#contradicts("none for a live one", known);
  }

  async rotate(known: Known): Promise<boolean> {
    const graceSeconds = Math.random() < 0.5 ? 1 : 0;
    const next = newSession(this.#user, randomUUID());
    next.former = known;
    next.history.push(...known.history);
    const session = await this.#attempt(`rotate ${graceSeconds}`, [known, next], () =>
      this.#store.rotate(target(known), { id: next.id, graceSeconds }),
    );
    if (session === unanswered) {
      known.state = "doubtful";
      return false;
    }
    if (session === null) return this.#contradicts("none for a live one", known);
    next.unsure = known.unsure;
    next.n = known.n;
    this.#lives(next, session);
    known.state = graceSeconds > 0 ? "doubtful" : "gone";
    if (graceSeconds === 0) next.former = undefined;
    return true;
  }

  async delete(known: Known): Promise<boolean> {
    return this.#ended(known, await this.#attempt("delete", [known], () => this.#store.delete(target(known))));
  }

  async revoke(known: Known): Promise<boolean> {
    const revoked = await this.#attempt("revoke", [known], () => this.#store.revoke(known.userId, known.id));
    return this.#ended(known, revoked === false ? null : revoked);
  }

  async deleteAll(known: Known): Promise<boolean> {
    const user = this.#user;
    const all = liveOf(user);
    const except = Math.random() < 0.5 ? known : undefined;
    const ended = all.filter((other) => other !== except);
    const number = await this.#attempt("deleteAll", all, () =>
      this.#store.deleteAll(user.id, { except: except === undefined ? undefined : target(except) }),
    );
    if (number === unanswered) {
      // It may be carried out late, and must not end what begins now.
      for (const other of ended) other.state = "doubtful";
      this.#nextUser();
      return false;
    }
    const doubtful = [...user.sessions.values()].filter(({ state }) => state === "doubtful");
    // One key a step, a list of the same moment may have ended some of them first.
    const fewest = this.#exact ? ended.length : 0;
    if (number < fewest || number > ended.length + doubtful.length) {
      this.#ledger.contradictsUser(`deleteAll ended ${number} of ${ended.length}`, user);
    }
    for (const other of ended) end(other);
    return true;
  }

  #nextUser(): void {
    this.#user = this.#ledger.addUser(`${this.#name}.${this.#users++}`);
  }

  /** `null`: the store says that there was none. */
  #ended(known: Known, answer: object | true | null | typeof unanswered): boolean {
    if (answer === null) return this.#contradicts("none for a live one", known);
    if (answer === unanswered) known.state = "doubtful";
    else end(known);
    return answer !== unanswered;
  }

  #lives(known: Known, session: Session<Data>): void {
    known.state = "live";
    known.session = session;
    if (session.data.n < known.n) this.#ledger.contradicts("older", known);
    if (session.data.n > known.n + known.unsure) this.#ledger.contradicts("counted twice", known);
  }

  #contradicts(kind: string, known: Known): false {
    this.#ledger.contradicts(kind, known);
    return false;
  }

  async #attempt<Answer>(
    operation: string,
    sessions: readonly Known[],
    send: () => Promise<Answer>,
  ): Promise<Answer | typeof unanswered> {
    const since = performance.now();
    this.#user.version++;
    for (const known of sessions) known.version++;
    const done = (outcome: string): void => {
      const span = { operation: operation + outcome, since, until: performance.now() };
      for (const known of sessions) {
        known.version++;
        known.history.push(span);
        // What ends a session ends its former id.
        known.former?.history.push(span);
      }
      this.#user.version++;
    };
    try {
      const answer = await send();
      done("");
      return answer;
    } catch (error) {
      done("?");
      if (!noAnswer(error, this.#ledger)) {
        for (const known of sessions) this.#ledger.contradicts(String(error), Object.assign(known, { state: "live" }));
      }
      return unanswered;
    }
  }
}

/** Whether the error says that nothing is known. */
export function noAnswer(error: unknown, { rejected }: Ledger): boolean {
  if (!(error instanceof KeyspaceError) || !error.code.startsWith("ERR_REDIS_")) return false;
  rejected.set(error.code, (rejected.get(error.code) ?? 0) + 1);
  return ["ERR_REDIS_UNAVAILABLE", "ERR_REDIS_TIMEOUT", "ERR_REDIS_READONLY"].includes(error.code);
}

const weighted = (
  [
    ["update", 6],
    ["touch", 3],
    ["rotate", 2],
    ["delete", 1],
    ["revoke", 1],
    ["deleteAll", 1],
  ] as const
).flatMap(([operation, weight]) => Array.from({ length: weight }, () => [operation] as const));

export function pick<Item>(items: readonly Item[]): Item | undefined {
  return items[Math.floor(Math.random() * items.length)];
}

/** By its id, or as it was read: perhaps long ago. */
function target({ id, session }: Known): string | Session<Data> {
  return session === undefined || Math.random() < 0.5 ? id : session;
}

/** A session ends with its former id. */
function end(known: Known): void {
  known.state = "gone";
  if (known.former !== undefined) known.former.state = "gone";
}
