import { LRUCache } from "lru-cache";
import { KeyspaceError } from "redis-keyspace";
import type { RecordStore } from "redis-keyspace/adapter";
import { changed, readSession, type StoredSession } from "./session-model.js";

/**
 * Writes sessions: one that this process has read, stored or deleted is changed and never created, so a request under way
 * does not bring back what was deleted. better-auth says `set` for both.
 */
export class SessionWrites {
  readonly #store: RecordStore<StoredSession>;
  /** The sessions that this process saw last, as texts, by token. */
  readonly #seen = new LRUCache<string, string>({ max: 10_000 });

  constructor(store: RecordStore<StoredSession>) {
    this.#store = store;
  }

  /** Somebody was given this text. */
  saw(token: string, text: string): void {
    this.#seen.set(token, text);
  }

  async write(token: string, after: StoredSession): Promise<void> {
    const text = this.#seen.get(token);
    if (text === undefined && (await this.#create(token, after))) {
      this.#seen.set(token, after.text);
      return;
    }
    const before = text === undefined ? undefined : (readSession(text) ?? undefined);
    const stored = await this.#store.update(token, (found) => changed(found, before, after), { from: before });
    this.#seen.set(token, stored?.text ?? after.text);
  }

  /** Whether there was one. */
  async delete(token: string): Promise<boolean> {
    const text = this.#seen.get(token);
    const from = text === undefined ? undefined : (readSession(text) ?? undefined);
    const deleted = await this.#store.delete(token, { from });
    if (deleted !== null) this.#seen.set(token, deleted.text);
    return deleted !== null;
  }

  /** `false`: it is there. */
  async #create(token: string, session: StoredSession): Promise<boolean> {
    try {
      await this.#store.create(token, session);
      return true;
    } catch (error) {
      if (error instanceof KeyspaceError && error.code === "ERR_SESSION_EXISTS") return false;
      throw error;
    }
  }
}
