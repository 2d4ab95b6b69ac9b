import type { SessionData } from "express-session";
import { LRUCache } from "lru-cache";
import { KeyspaceError } from "redis-keyspace";
import {
  MAX_LIFETIME_MS,
  type RecordModel,
  type RecordStore,
  type TouchOptions,
  toDeadline,
} from "redis-keyspace/adapter";
import { cookieData } from "./cookies.js";
import type { Loaded } from "./loaded-sessions.js";
import type { RedisStoreOptions } from "./options.js";
import type { StoredSession, Values } from "./session-model.js";

const HOUR_MS = 3_600_000;
const DAY_SECONDS = 86_400;

/** When sessions end: what their cookies and the options make of it, and whether an end is to be moved. */
export class SessionEnds {
  readonly #store: RecordStore<StoredSession>;
  readonly #model: RecordModel<StoredSession>;
  readonly #options: RedisStoreOptions;
  /** When the sessions that this process saw last end, by id: 10,000 at most, in about 1.5 MB. */
  readonly #known = new LRUCache<string, number>({ max: 10_000 });

  constructor(store: RecordStore<StoredSession>, model: RecordModel<StoredSession>, options: RedisStoreOptions) {
    this.#store = store;
    this.#model = model;
    this.#options = options;
  }

  /** When a session ends that is stored or used now, in epoch milliseconds; 0 if it has ended. */
  deadlineOf(session: SessionData): number {
    const { anonymousTimeoutSeconds, disableTTL = false } = this.#options;
    const lifetimeMs = disableTTL ? MAX_LIFETIME_MS : this.#lifetimeMs(session);
    if (anonymousTimeoutSeconds === undefined || !this.#isNobodys(session)) return toDeadline(Date.now() + lifetimeMs);
    return toDeadline(Date.now() + Math.min(lifetimeMs, anonymousTimeoutSeconds * 1000));
  }

  /** Whether it was stored before there was an absolute timeout, and has to be given its absolute end. */
  lacksAbsoluteEnd({ absoluteExpiresAt }: StoredSession): boolean {
    return this.#options.absoluteTimeoutSeconds !== undefined && absoluteExpiresAt === null;
  }

  /** A record to write. Its absolute end is the former one's, unless that had none or was another user's. */
  dated(values: Values, former: StoredSession | null): StoredSession {
    const absoluteExpiresAt = this.#absoluteEnd(values, former);
    const deadline = this.deadlineOf(values);
    const expiresAt = Math.min(deadline, absoluteExpiresAt ?? deadline);
    return { values, expiresAt, absoluteExpiresAt, isFormer: false };
  }

  /** A session was stored, and ends then. */
  stored(id: string, { expiresAt }: StoredSession): void {
    if (expiresAt !== null) this.#known.set(id, expiresAt);
  }

  forget(id: string): void {
    this.#known.delete(id);
  }

  /** Of an unchanged session: nothing to do if the end was moved lately, as far as this process or Redis knows. */
  async extend(id: string, deadline: number, loaded: Loaded | undefined): Promise<void> {
    const { from } = loaded ?? {};
    const end = Math.min(deadline, from?.absoluteExpiresAt ?? deadline);
    const left = end - Date.now();
    const { touchAfterSeconds } = this.#options;
    const wantedMs = touchAfterSeconds === undefined ? Math.min(left / 10, HOUR_MS) : touchAfterSeconds * 1000;
    const touchAfterMs = Math.min(wantedMs, left / 2);
    const known = this.#known.get(id);
    // Two requests at once can come to ends that are some milliseconds apart.
    const latest = end + Math.max(touchAfterMs, 1000);
    if (known !== undefined && known >= end - touchAfterMs && known <= latest) return;
    let stands = await this.#touch(id, end, { from, whenLeftMs: Math.max(0, left - touchAfterMs) });
    // Its cookie gave it more before.
    if (Number(stands) > latest) stands = await this.#touch(id, end, { from });
    if (stands !== null) this.#known.set(id, stands.getTime());
  }

  /** A full Redis is no reason to fail a request that stores nothing: the end stays as it is. */
  async #touch(id: string, end: number, options: TouchOptions<StoredSession>): Promise<Date | null> {
    try {
      return await this.#store.touch(id, end, options);
    } catch (error) {
      if (error instanceof KeyspaceError && error.code === "ERR_REDIS_OUT_OF_MEMORY") return null;
      throw error;
    }
  }

  #lifetimeMs(session: SessionData): number {
    const { ttl = DAY_SECONDS } = this.#options;
    if (typeof ttl === "function") return ttl(session) * 1000;
    const { expires } = cookieData(session.cookie);
    return expires ? Number(new Date(expires as Date | string)) - Date.now() : ttl * 1000;
  }

  #isNobodys(session: SessionData): boolean {
    const { userIdFrom } = this.#options;
    return userIdFrom === undefined
      ? Object.keys(session).every((name) => name === "cookie")
      : (userIdFrom(session) ?? null) === null;
  }

  #absoluteEnd(values: Values, former: StoredSession | null): number | null {
    const { absoluteTimeoutSeconds } = this.#options;
    const inherited = former?.absoluteExpiresAt ?? null;
    if (absoluteTimeoutSeconds === undefined) return inherited;
    const isSameUser = former !== null && this.#model.userId(former) === this.#model.userId({ ...former, values });
    return isSameUser && inherited !== null ? inherited : toDeadline(Date.now() + absoluteTimeoutSeconds * 1000);
  }
}
