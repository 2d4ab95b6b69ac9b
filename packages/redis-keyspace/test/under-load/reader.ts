import type { SessionStore } from "redis-keyspace";
import { type Data, type Known, type Ledger, liveOf, type User } from "./ledger.js";
import { noAnswer, pick } from "./writer.js";

/** How many of the latest users are looked at. */
const LATEST = 50;

/** Reads what others write, and compares it with what they were told. */
export class Reader {
  readonly #store: SessionStore<Data>;
  readonly #ledger: Ledger;

  constructor(store: SessionStore<Data>, ledger: Ledger) {
    this.#store = store;
    this.#ledger = ledger;
  }

  /** Reads something. Answers whether there was an answer. */
  async step(): Promise<boolean> {
    const user = pick(this.#ledger.users.slice(-LATEST));
    if (user === undefined) return true;
    try {
      const sort = Math.random();
      if (sort < 0.2) await this.list(user);
      else if (sort < 0.3) await this.count(user);
      else await this.get([...user.sessions.values()].slice(-20));
      return true;
    } catch (error) {
      if (!noAnswer(error, this.#ledger)) this.#ledger.faults.push(`${this.#ledger.name}: ${String(error)}`);
      return false;
    }
  }

  async get(sessions: readonly Known[]): Promise<void> {
    const known = pick(sessions);
    if (known === undefined) return;
    const { state, version } = known;
    const session = await this.#store.get(known.id);
    if (version % 2 === 1 || known.version !== version || known.state !== state) return;
    if (state === "gone" && session !== null) this.#ledger.contradicts("revived", known);
    if (state === "live") this.#compare(known, session?.data);
  }

  async list(user: User): Promise<void> {
    const before = [...user.sessions.values()].map((known) => ({ known, state: known.state, version: known.version }));
    const listed = new Map((await this.#store.list(user.id)).map(({ handle, session }) => [handle, session.data]));
    for (const { known, state, version } of before) {
      if (version % 2 === 1 || known.version !== version || known.state !== state) continue;
      const data = listed.get(known.id);
      if (state === "gone" && data !== undefined) this.#ledger.contradicts("revived", known);
      if (state === "live" && data === undefined) this.#ledger.contradicts("not in its list", known);
      if (state === "live" && data !== undefined) this.#compare(known, data);
    }
  }

  async count(user: User): Promise<void> {
    const { version } = user;
    const count = await this.#store.count(user.id);
    if (version % 2 === 1 || user.version !== version) return;
    const live = liveOf(user);
    const doubtful = [...user.sessions.values()].filter(({ state }) => state === "doubtful").length;
    if (count < live.length || count > live.length + doubtful) {
      this.#ledger.contradictsUser(`counted ${count} of ${live.length}`, user);
    }
  }

  #compare(known: Known, data: Data | undefined): void {
    if (data === undefined) this.#ledger.contradicts("none for a live one", known);
    else if (data.n < known.n) this.#ledger.contradicts("older", known);
    else if (data.n > known.n + known.unsure) this.#ledger.contradicts("counted twice", known);
  }
}
