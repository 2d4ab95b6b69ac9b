import type { SessionData } from "express-session";
import { KeyspaceError } from "redis-keyspace";
import { changedMembers, type RecordStore, withMembers } from "redis-keyspace/adapter";
import { cookieData, extendedCookie, isSameCookie } from "./cookies.js";
import type { Loaded, LoadedSessions } from "./loaded-sessions.js";
import type { Serializer } from "./options.js";
import type { SessionEnds } from "./session-ends.js";
import { copyOf, membersOf, type StoredSession, type Values, valuesIn } from "./session-model.js";

export interface SessionWriterParts {
  readonly store: RecordStore<StoredSession>;
  readonly serializer: Serializer;
  readonly loaded: LoadedSessions;
  readonly ends: SessionEnds;
}

type Written = Pick<Loaded, "from" | "seen" | "cookie">;

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
    const deadline = this.#ends.deadlineOf(session);
    if (deadline <= Date.now()) return await this.delete(id);
    // What waits for another write must be what it is now.
    const now = this.#loaded.isWritten(session) ? copyOf(this.#serializer, session) : session;
    await this.#loaded.afterOthers(session, async () => {
      const loaded = this.#loaded.of(session, id);
      const written = loaded === undefined ? await this.#put(id, now) : await this.#save(loaded, now, deadline);
      if (written !== null) this.#loaded.add(session, { id, ...written });
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
  async #save(loaded: Loaded, now: SessionData, deadline: number): Promise<Written | null> {
    const { id, from, seen } = loaded;
    const members = membersOf(now);
    const cookie = cookieData(now.cookie);
    const before = typeof seen === "string" ? valuesIn(this.#serializer, seen) : seen;
    const names = changedMembers(before === null ? {} : membersOf(before), members, (value) => this.#textOf(value));
    const isCookieOther = !isSameCookie(loaded.cookie, cookie);
    if (names.length === 0 && !isCookieOther && !this.#ends.lacksAbsoluteEnd(from)) {
      if (!from.isFormer) await this.#ends.extend(id, deadline, loaded);
      return null;
    }
    // The request goes on with its objects.
    const after = membersOf(copyOf(this.#serializer, withMembers(names, members, {}) as Values));
    const stored = await this.#store.update(
      id,
      (found) => {
        if (found.isFormer) return undefined;
        const extended = isCookieOther ? cookie : extendedCookie(cookieData(found.values.cookie), cookie);
        return this.#ends.dated({ ...withMembers(names, after, found.values), cookie: extended } as Values, found);
      },
      { from },
    );
    if (stored === null) return null;
    this.#ends.stored(id, stored);
    return { from: stored, seen: withMembers(names, after, before ?? {}) as Values, cookie };
  }

  /** A session that was not loaded from this id, as a whole. */
  async #put(id: string, now: SessionData): Promise<Written | null> {
    const values = copyOf(this.#serializer, now);
    const fresh = this.#ends.dated(values, null);
    const stored = (await this.#create(id, fresh))
      ? fresh
      : await this.#store.update(id, (found) => this.#ends.dated(values, found));
    if (stored === null) return null;
    this.#ends.stored(id, stored);
    return { from: stored, seen: values, cookie: cookieData(values.cookie) };
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
