import type { SessionRecord } from "./records/session-model.js";
import type { SessionItem } from "./session-item.js";

export interface TimeoutOptions {
  readonly idleTimeoutSeconds: number;
  readonly absoluteTimeoutSeconds: number | undefined;
  readonly touchAfterSeconds: number;
}

type Item = SessionItem<SessionRecord<unknown>>;

/** When sessions end: after the store's timeouts, or an idle timeout of their own. */
export class Timeouts {
  readonly #options: TimeoutOptions;

  constructor(options: TimeoutOptions) {
    this.#options = options;
  }

  /** The end of a session that is used now. */
  nextExpiry(absoluteExpiresAt: Date | null, idleTimeoutSeconds = this.#options.idleTimeoutSeconds): Date {
    const idle = Date.now() + idleTimeoutSeconds * 1000;
    return new Date(absoluteExpiresAt === null ? idle : Math.min(idle, absoluteExpiresAt.getTime()));
  }

  /** The absolute end of a session that starts now. */
  absoluteExpiry(createdAt: Date): Date | null {
    const { absoluteTimeoutSeconds } = this.#options;
    return absoluteTimeoutSeconds === undefined ? null : new Date(createdAt.getTime() + absoluteTimeoutSeconds * 1000);
  }

  /** Whether so little of the idle timeout is used that the end can stay. */
  isFresh({ expiresAt, absoluteExpiresAt, idleTimeoutSeconds }: SessionRecord<unknown>): boolean {
    const usedMs = this.nextExpiry(absoluteExpiresAt, idleTimeoutSeconds).getTime() - expiresAt.getTime();
    return usedMs >= 0 && usedMs < this.#touchAfterMs(idleTimeoutSeconds);
  }

  /** In the order of their ends, unless one has an idle timeout of its own: its end is as far off as that is long. */
  byLastUse(items: Item[]): Item[] {
    if (!items.some(({ session }) => session.idleTimeoutSeconds !== undefined)) return items;
    const lastUse = ({ session: { expiresAt, idleTimeoutSeconds } }: Item): number =>
      expiresAt.getTime() - 1000 * (idleTimeoutSeconds ?? this.#options.idleTimeoutSeconds);
    return items.sort((one, other) => lastUse(other) - lastUse(one));
  }

  /** The same part of an idle timeout of its own as of the store's. */
  #touchAfterMs(idleTimeoutSeconds = this.#options.idleTimeoutSeconds): number {
    const { touchAfterSeconds } = this.#options;
    return (1000 * touchAfterSeconds * idleTimeoutSeconds) / this.#options.idleTimeoutSeconds;
  }
}
