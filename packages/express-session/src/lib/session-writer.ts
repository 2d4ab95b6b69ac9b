import type { SessionData } from "express-session";
import { KeyspaceError } from "redis-keyspace";
import { changedMembers, type RecordStore, withMembers } from "redis-keyspace/adapter";
import { cookieData, extendedCookie, isSameCookie } from "./cookies.js";
import type { Loaded, LoadedSessions } from "./loaded-sessions.js";
import type { Serializer } from "./options.js";
import type { SessionEnds } from "./session-ends.js";
import { type StoredSession, snapshot, type Values, valuesIn } from "./session-model.js";

export interface SessionWriterParts {
  readonly store: RecordStore<StoredSession>;
  readonly serializer: Serializer;
  readonly loaded: LoadedSessions;
  readonly ends: SessionEnds;
}

/** What a request writes: see `docs/decisions/0020-express-session-writes.md`. */
export class SessionWriter {
  readonly #store: RecordStore<StoredSession>;
  readonly #serializer: Serializer;
  readonly #loaded: LoadedSessions;
  readonly #ends: SessionEnds;

  constructor({ store, serializer, loaded, ends }: SessionWriterParts) {
    this.#store = store;
    this.#serializer = serializer;
    this.#loaded = loaded;
    this.#ends = ends;
  }

  async write(id: string, session: SessionData): Promise<void> {
    const now = snapshot(this.#serializer, session);
    const deadline = this.#ends.deadlineOf(session);
    if (deadline <= Date.now()) return await this.delete(id);
    await this.#loaded.afterOthers(session, async () => {
      const loaded = this.#loaded.of(session, id);
      const from =
        loaded === undefined ? await this.#put(id, now.values) : await this.#save(loaded, now.values, deadline);
      if (from !== null) this.#loaded.add(session, { id, from, text: now.text, cookie: cookieData(now.values.cookie) });
    });
  }

  async touch(id: string, session: SessionData): Promise<void> {
    const loaded = this.#loaded.of(session, id);
    if (loaded?.from.isFormer) return;
    if (
      loaded !== undefined &&
      (this.#ends.lacksAbsoluteEnd(loaded.from) || !isSameCookie(loaded.cookie, cookieData(session.cookie)))
    ) {
      return await this.write(id, session);
    }
    const deadline = this.#ends.deadlineOf(session);
    if (deadline <= Date.now()) await this.delete(id);
    else await this.#ends.extend(id, deadline, loaded);
  }

  async delete(id: string): Promise<void> {
    this.#ends.forget(id);
    await this.#store.delete(id);
  }

  /** Ends a session, or leaves it to requests that are under way for so long. */
  async replace(id: string, session: SessionData | undefined, graceMs: number): Promise<void> {
    await this.#loaded.afterOthers(session ?? {}, async () => {
      if (graceMs === 0) return await this.delete(id);
      const from = session && this.#loaded.of(session, id)?.from;
      await this.#store.update(
        id,
        ({ values, absoluteExpiresAt, isFormer }) => {
          if (isFormer) return undefined;
          const end = Math.min(Date.now() + graceMs, absoluteExpiresAt ?? Number.POSITIVE_INFINITY);
          return { values, expiresAt: end, absoluteExpiresAt: end, isFormer: true };
        },
        { from },
      );
    });
  }

  /** A session that was loaded: what changed goes onto what is stored now. What has ended stays so. */
  async #save(loaded: Loaded, after: Values, deadline: number): Promise<StoredSession | null> {
    const { id, from } = loaded;
    const before = valuesIn(this.#serializer, loaded.text) ?? after;
    const members = changedMembers(before, after, (value) => this.#textOf(value)).filter((name) => name !== "cookie");
    const isCookieOther = !isSameCookie(loaded.cookie, cookieData(after.cookie));
    if (members.length === 0 && !isCookieOther && !this.#ends.lacksAbsoluteEnd(from)) {
      if (!from.isFormer) await this.#ends.extend(id, deadline, loaded);
      return null;
    }
    const stored = await this.#store.update(
      id,
      (found) => {
        if (found.isFormer) return undefined;
        const own = cookieData(after.cookie);
        const cookie = isCookieOther ? after.cookie : extendedCookie(cookieData(found.values.cookie), own);
        return this.#ends.dated({ ...withMembers(members, after, found.values), cookie }, found);
      },
      { from },
    );
    if (stored !== null) this.#ends.stored(id, stored);
    return stored;
  }

  /** A session that was not loaded from this id, as a whole. */
  async #put(id: string, values: Values): Promise<StoredSession | null> {
    const fresh = this.#ends.dated(values, null);
    const stored = (await this.#create(id, fresh))
      ? fresh
      : await this.#store.update(id, (found) => this.#ends.dated(values, found));
    if (stored !== null) this.#ends.stored(id, stored);
    return stored;
  }

  /** `false`: the id is taken. */
  async #create(id: string, record: StoredSession): Promise<boolean> {
    try {
      await this.#store.create(id, record);
      return true;
    } catch (error) {
      if (error instanceof KeyspaceError && error.code === "ERR_SESSION_EXISTS") return false;
      throw error;
    }
  }

  #textOf(value: unknown): string {
    return this.#serializer.stringify({ value } as unknown as SessionData);
  }
}
