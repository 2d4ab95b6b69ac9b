import { type CookieData, cookieData } from "./cookies.js";
import type { StoredSession, Values } from "./session-model.js";

/** A session that was handed out. */
export interface Loaded {
  readonly id: string;
  /** The session as its holder last saw it: as it was read, or what nobody else holds. */
  readonly seen: string | Values;
  /** Its cookie as its holder last saw it. */
  readonly cookie: CookieData;
  /** The session as it was last seen in Redis. Its values may be in its holder's hands: only its text stays as it was. */
  readonly from: StoredSession;
}

/** Which session an object holds, and what it was: that tells a change from none, and a session that ended from a new one. */
export class LoadedSessions {
  readonly #loaded = new WeakMap<object, Loaded>();
  readonly #writes = new WeakMap<object, Promise<unknown>>();

  /** What this object was loaded as from this id. */
  of(session: object, id: string): Loaded | undefined {
    const loaded = this.#loaded.get(session);
    return loaded?.id === id ? loaded : undefined;
  }

  /** @param session What its holder has, and may change. */
  add(session: object, loaded: Loaded): void {
    this.#loaded.set(session, loaded);
  }

  /** express-session makes an object of its own of what was loaded, and a cookie of its own. */
  pass(from: object, to: { readonly cookie?: unknown }): void {
    const loaded = this.#loaded.get(from);
    if (loaded !== undefined) this.#loaded.set(to, { ...loaded, cookie: cookieData(to.cookie) });
  }

  /** Whether something has been written for this object before, which may be under way. */
  isWritten(session: object): boolean {
    return this.#writes.has(session);
  }

  /** Runs after what is under way for the same object, however that ends. */
  afterOthers<Result>(session: object, work: () => Promise<Result>): Promise<Result> {
    const before = this.#writes.get(session);
    const result = before === undefined ? work() : before.then(work, work);
    this.#writes.set(session, result);
    return result;
  }
}
