import type { RecordStore, SessionItem, ValueStore } from "redis-keyspace/adapter";
import type { ReadTogether } from "./read-together.js";
import { endOf, type StoredSession, tokenOf } from "./session-model.js";

const LIST = "active-sessions-";

/** Whose list this is the key of; `null` for any other key. */
export function listOwner(key: string): string | null {
  return key.startsWith(LIST) ? key.slice(LIST.length) : null;
}

/** The lists of users' sessions, from the index. Those of the legacy package are read besides, where they are kept. */
export class SessionLists {
  readonly #store: RecordStore<StoredSession>;
  readonly #values: ValueStore;
  readonly #readTogether: ReadTogether;
  readonly #legacy: boolean;

  constructor(
    store: RecordStore<StoredSession>,
    values: ValueStore,
    { readTogether, legacy }: { readonly readTogether: ReadTogether; readonly legacy: boolean },
  ) {
    this.#store = store;
    this.#values = values;
    this.#readTogether = readTogether;
    this.#legacy = legacy;
  }

  /** A list as better-auth keeps one, by end; `null` for none. */
  async read(userId: string): Promise<string | null> {
    const revoked = `revoked-sessions-before-${userId}`;
    const [items, revokedBefore] = await Promise.all([this.sessionsOf(userId), this.#values.get(revoked)]);
    if (items.length === 0) return null;
    const sessions = items.map(({ session }) => session).sort((one, other) => endOf(one) - endOf(other));
    this.#readTogether.add([
      ...sessions.map((session): [string, string] => [tokenOf(session), session.text]),
      [revoked, revokedBefore],
    ]);
    return JSON.stringify(sessions.map((session) => ({ token: tokenOf(session), expiresAt: endOf(session) })));
  }

  /** better-auth keeps its list by reading and writing it. Legacy processes read it; here the index says what there is. */
  async write(userId: string, list: string, lifetimeMs: number | undefined): Promise<void> {
    if (this.#legacy) await this.#values.set(LIST + userId, list, lifetimeMs);
  }

  async delete(userId: string): Promise<void> {
    if (this.#legacy) await this.#values.delete(LIST + userId);
  }

  /** @param current The token of the session that asks. */
  async sessionsOf(userId: string, current?: string | undefined): Promise<SessionItem<StoredSession>[]> {
    const list = () => this.#store.list(userId, { current });
    if (!this.#legacy) return await list();
    const [items, legacyList] = await Promise.all([list(), this.#values.get(LIST + userId)]);
    const known = new Set(items.map(({ session }) => tokenOf(session)));
    const missing = tokensIn(legacyList).filter((token) => !known.has(token));
    const adopted = await Promise.all(missing.map((token) => this.#adopt(userId, token)));
    return adopted.includes(true) ? await list() : items;
  }

  /** Enters a session of a legacy process into its user's index. */
  async #adopt(userId: string, token: string): Promise<boolean> {
    const session = await this.#store.get(token);
    if (session === null || String(session.session["userId"]) !== userId) return false;
    return (await this.#store.touch(token, endOf(session), { from: session })) !== null;
  }
}

function tokensIn(list: string | null): string[] {
  try {
    const entries: unknown = JSON.parse(list ?? "[]");
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry: { token?: unknown; expiresAt?: unknown } | null) =>
      typeof entry?.token === "string" && Number(entry.expiresAt) > Date.now() ? [entry.token] : [],
    );
  } catch {
    return [];
  }
}
