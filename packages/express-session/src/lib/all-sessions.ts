import type { SessionData } from "express-session";
import type { RecordStore } from "redis-keyspace/adapter";
import type { StoredSession } from "./session-model.js";

/** How many sessions are ended at once. */
const ENDED_AT_ONCE = 500;

/** A session among all, with its id: with `hashIds` the hash of it. */
export type SessionWithId = SessionData & { readonly id: string };

/** All sessions, found with SCAN: for maintenance, not for requests. */
export class AllSessions {
  readonly #store: RecordStore<StoredSession>;

  constructor(store: RecordStore<StoredSession>) {
    this.#store = store;
  }

  async all(): Promise<SessionWithId[]> {
    const found = new Map<string, SessionWithId>();
    for await (const { handle, session } of this.#store.all()) {
      if (!session.isFormer) found.set(handle, { ...session.values, id: handle });
    }
    return [...found.values()];
  }

  async ids(): Promise<string[]> {
    const found = new Set<string>();
    for await (const { handle, session } of this.#store.all()) if (!session.isFormer) found.add(handle);
    return [...found];
  }

  async length(): Promise<number> {
    return (await this.ids()).length;
  }

  async clear(): Promise<void> {
    let handles: string[] = [];
    const end = async (): Promise<void> => {
      await Promise.all(handles.map((handle) => this.#store.deleteByHandle(handle)));
      handles = [];
    };
    for await (const { handle } of this.#store.all()) {
      if (handles.push(handle) >= ENDED_AT_ONCE) await end();
    }
    await end();
  }
}
