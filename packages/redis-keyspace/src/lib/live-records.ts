import type { Keyspace } from "./keyspace.js";
import { lifetime, timeUntil } from "./lua/stepwise/record-scripts.js";
import type { StoredRecords } from "./records/stored-records.js";
import type { Executor } from "./redis/executor.js";
import type { SessionItem } from "./session-item.js";
import { turnAfter } from "./turns.js";

/** How many sealed records are opened at once: one after another takes more than twice the time, and CPU. */
const OPENED_AT_ONCE = 64;

/** Reads records, and leaves out those that have ended. Redis's clock decides: this process's may be ahead. */
export class LiveRecords<Value> {
  readonly #records: StoredRecords<Value>;
  readonly #keyspace: Keyspace;
  readonly #sessions: Executor;

  constructor(records: StoredRecords<Value>, keyspace: Keyspace, sessions: Executor) {
    this.#records = records;
    this.#keyspace = keyspace;
    this.#sessions = sessions;
  }

  /** What is stored there. */
  text(storedId: string): Promise<string | null> {
    return this.#sessions.get(this.#keyspace.record(storedId));
  }

  read(storedId: string): Promise<Value | null> {
    return this.text(storedId).then((value) => (value === null ? null : this.in(value, storedId)));
  }

  /** The record in a stored text. */
  in(value: string, storedId: string): Value | null | Promise<Value | null> {
    const record = this.#records.decode(value, storedId);
    if (record instanceof Promise) return record.then((opened) => this.#unlessEnded(opened, storedId, lifetime));
    return this.#unlessEnded(record, storedId, lifetime);
  }

  /** The record in a text that was there until this store removed it. */
  async removed(value: string, storedId: string): Promise<Value | null> {
    return this.#unlessEnded(await this.#records.decode(value, storedId), storedId, timeUntil);
  }

  /** @param own The handle of the session that asks. */
  async items(
    found: readonly (readonly [storedId: string, value: string])[],
    belongs: (session: Value) => boolean = () => true,
    own?: string,
  ): Promise<SessionItem<Value>[]> {
    const items: SessionItem<Value>[] = [];
    const add = (handle: string, session: Value | null): void => {
      if (session !== null && belongs(session)) items.push({ handle, session, current: handle === own });
    };
    if (this.#records.isSealing) {
      for (let from = 0; from < found.length; from += OPENED_AT_ONCE) {
        const some = found.slice(from, from + OPENED_AT_ONCE);
        const sessions = await Promise.all(some.map(([handle, value]) => this.#listed(handle, value)));
        for (const [i, [handle]] of some.entries()) add(handle, sessions[i] ?? null);
      }
      return items;
    }
    for (const [i, [handle, value]] of found.entries()) {
      const turn = turnAfter(i);
      if (turn !== undefined) await turn;
      const session = this.#listed(handle, value);
      add(handle, session instanceof Promise ? await session : session);
    }
    return items;
  }

  /** `null` for what is no session by itself. */
  #listed(handle: string, value: string): Value | null | Promise<Value | null> {
    return this.#keyspace.isHandle(handle) && !this.#records.isFormer(value) ? this.in(value, handle) : null;
  }

  #unlessEnded(
    record: Value | null,
    storedId: string,
    script: typeof lifetime | typeof timeUntil,
  ): Value | null | Promise<Value | null> {
    if (record === null || !this.#records.hasEnded(record)) return record;
    const deadline = String(this.#records.deadlineOf(record));
    const left = this.#sessions.run(script, { record: this.#keyspace.record(storedId) }, { deadline });
    return left.then(({ number }) => (number > 0 ? record : null));
  }
}
