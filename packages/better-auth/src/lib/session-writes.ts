import { LRUCache } from "lru-cache";
import { KeyspaceError } from "redis-keyspace";
import type { RecordStore } from "redis-keyspace/adapter";
import { changed, readSession, type StoredSession } from "./session-model.js";

/** How many texts of a session are remembered, for the requests that are under way at once. */
const VERSIONS = 3;

/**
 * Writes sessions: one that this process has read, stored or deleted is changed and never created, so a request under way
 * does not bring back what was deleted. better-auth says `set` for both.
 */
export class SessionWrites {
  readonly #store: RecordStore<StoredSession>;
  /** The sessions that this process saw last: their texts by token, the latest first. */
  readonly #seen = new LRUCache<string, readonly string[]>({ max: 5000 });

  constructor(store: RecordStore<StoredSession>) {
    this.#store = store;
  }

  /** Somebody was given this text. */
  saw(token: string, text: string): void {
    const before = this.#seen.get(token) ?? [];
    if (before[0] !== text) this.#seen.set(token, [text, ...before].slice(0, VERSIONS));
  }

  async write(token: string, after: StoredSession): Promise<void> {
    const versions = this.#versions(token);
    if (!this.#seen.has(token) && (await this.#create(token, after))) return this.saw(token, after.text);
    const change = (found: StoredSession): StoredSession => changed(found, versions, after);
    const stored = await this.#store.update(token, change, { from: versions[0] });
    this.saw(token, stored?.text ?? after.text);
  }

  /** Whether there was one. */
  async delete(token: string): Promise<boolean> {
    const [from] = this.#versions(token);
    const deleted = await this.#store.delete(token, { from });
    if (deleted !== null) this.saw(token, deleted.text);
    return deleted !== null;
  }

  #versions(token: string): StoredSession[] {
    return (this.#seen.get(token) ?? []).flatMap((text) => readSession(text) ?? []);
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
