import { type RecordModel, type RecordStore, toDeadline } from "redis-keyspace/adapter";
import type { Loaded } from "./loaded-sessions.js";
import type { RecentSessions } from "./recent-sessions.js";
import type { StoredValues, Values } from "./values-model.js";

const HOUR_MS = 3_600_000;

export interface SessionEndsOptions {
  readonly absoluteTimeoutSeconds: number | undefined;
  readonly touchAfterSeconds: number | undefined;
}

/** When sessions end: what the absolute timeout makes of an end, and whether one is to be moved. */
export class SessionEnds {
  readonly #store: RecordStore<StoredValues>;
  readonly #model: RecordModel<StoredValues>;
  readonly #recent: RecentSessions;
  readonly #absoluteMs: number | undefined;
  readonly #touchAfterMs: number | undefined;

  constructor(
    store: RecordStore<StoredValues>,
    model: RecordModel<StoredValues>,
    recent: RecentSessions,
    { absoluteTimeoutSeconds, touchAfterSeconds }: SessionEndsOptions,
  ) {
    this.#store = store;
    this.#model = model;
    this.#recent = recent;
    this.#absoluteMs = absoluteTimeoutSeconds === undefined ? undefined : absoluteTimeoutSeconds * 1000;
    this.#touchAfterMs = touchAfterSeconds === undefined ? undefined : touchAfterSeconds * 1000;
  }

  /** Whether it was stored before there was an absolute timeout, and has to be given its absolute end. */
  lacksAbsoluteEnd({ absoluteExpiresAt }: StoredValues): boolean {
    return this.#absoluteMs !== undefined && absoluteExpiresAt === null;
  }

  /** A record to write. Its absolute end is the former one's, unless that had none or was another user's. */
  dated(values: Values, former: StoredValues | null, deadline: number): StoredValues {
    const absoluteExpiresAt = this.#absoluteEnd(values, former);
    return { values, expiresAt: Math.min(deadline, absoluteExpiresAt ?? deadline), absoluteExpiresAt };
  }

  /**
   * Of unchanged values: nothing to do if the end was moved lately, as far as this process or Redis knows.
   *
   * @returns Whether it was moved; `null` if the session is gone.
   */
  async extend({ id, from }: Loaded, deadline: number): Promise<boolean | null> {
    const end = Math.min(deadline, from.absoluteExpiresAt ?? deadline);
    const left = end - Date.now();
    const touchAfterMs = Math.min(this.#touchAfterMs ?? Math.min(left / 10, HOUR_MS), left / 2);
    const known = this.#recent.get(id);
    // Ends are whole seconds to the middleware, so one can be before that of an earlier request.
    const latest = end + Math.max(touchAfterMs, 1000);
    if (typeof known === "number" && known >= end - touchAfterMs && known <= latest) return false;
    let stands = await this.#store.touch(id, end, { from, whenLeftMs: Math.max(0, left - touchAfterMs) });
    // It was given more by a middleware with a longer `expiry`.
    if (Number(stands) > latest) stands = await this.#store.touch(id, end, { from });
    if (stands !== null) this.#recent.set(id, stands.getTime());
    return stands === null ? null : true;
  }

  #absoluteEnd(values: Values, former: StoredValues | null): number | null {
    const inherited = former?.absoluteExpiresAt ?? null;
    if (this.#absoluteMs === undefined) return inherited;
    const isSameUser = former !== null && this.#model.userId(former) === this.#model.userId({ ...former, values });
    return isSameUser && inherited !== null ? inherited : toDeadline(Date.now() + this.#absoluteMs);
  }
}
