import { KeyspaceError, type Session, type SessionEntry, type SessionStore, sha256 } from "redis-keyspace";
import type { CookieSealing } from "./cookie-sealing.js";
import { type CookieSettings, type Cookies, deleteCookie, setCookie } from "./cookies.js";

/** One of the user's devices. */
export interface Device<Data> extends SessionEntry<Data> {
  /** Whether it is the one that asks. */
  readonly current: boolean;
}

/**
 * The visitor's session, as `event.locals.session`. Declare it once, in `app.d.ts`:
 *
 *     declare global {
 *       namespace App {
 *         interface Locals {
 *           session: import("@redis-keyspace/sveltekit").LocalsSession<{ theme: string }>;
 *         }
 *       }
 *     }
 *
 * Every method rejects with a `KeyspaceError` when Redis cannot do it. Whatever sets the cookie must come before the
 * response is generated, and throws an `Error` afterwards, which leaves the visitor's session as it was: `signIn`,
 * `regenerate`, and `set` where there is no session yet. The others work while a response streams.
 */
export interface LocalsSession<Data> {
  /** `null` where there is no session. */
  readonly data: Data | null;
  /** Who is signed in; `null` for nobody. */
  readonly userId: string | null;
  /** When the session ends, unless it is used. */
  readonly expiresAt: Date | null;
  /**
   * Whether the visitor has a cookie and Redis could not say whose it is. Then nobody is signed in for this request, and
   * the cookie stays: answer 503, or go on without.
   */
  readonly unavailable: boolean;
  /**
   * Stores data: in the session there is, or in a new one of nobody's.
   *
   * @returns `false` if the session was ended meanwhile: then nothing is stored.
   */
  set(data: Data): Promise<boolean>;
  /**
   * Changes the data as it is now; the function may run several times, so that no writer's change is lost.
   *
   * @returns The new data, or `null` where there is no session.
   */
  update(change: (data: Data) => Data | Promise<Data>): Promise<Data | null>;
  /** Ends the session and deletes the cookie. */
  destroy(): Promise<void>;
  /**
   * Gives the session a new id: whenever rights change. `signIn` does it by itself. Of several requests at once, one does
   * it: while a former id can still be read, a request that came with it leaves the cookie as it is.
   *
   * @param options `graceSeconds`: how long the old id can still be read, for requests under way. Default: 0, at most 3600.
   */
  regenerate(options?: { readonly graceSeconds?: number | undefined }): Promise<void>;
  /** Starts a session of a user, with a new id and this data, and ends the one there was. */
  signIn(userId: string, data: Data): Promise<void>;
  /** The same as `destroy`. */
  signOut(): Promise<void>;
  /** The user's sessions, the most recently used first; none for nobody. */
  devices(): Promise<Device<Data>[]>;
  /** Ends one of the user's sessions by its handle; `false` if it is not there or another user's. */
  revoke(handle: string): Promise<boolean>;
  /**
   * Ends all of the user's sessions.
   *
   * @param options `except`: `"current"` keeps this one.
   * @returns How many there were.
   */
  signOutEverywhere(options?: { readonly except?: "current" | undefined }): Promise<number>;
}

/** What a request's session needs of its surroundings. */
export interface Surroundings<Data> {
  readonly store: SessionStore<Data>;
  readonly sealing: CookieSealing;
  readonly cookie: CookieSettings;
  readonly hashIds: boolean;
  /** `null`: no limit. */
  readonly absoluteTimeoutMs: number | null;
  /** Whether a user may have only so many sessions. */
  readonly limited: boolean;
}

/** The longest that a former id can be read. */
const LONGEST_GRACE_MS = 3_600_000;

export class RequestSession<Data> implements LocalsSession<Data> {
  readonly #cookies: Cookies;
  readonly #surroundings: () => Surroundings<Data>;
  #session: Session<Data> | null = null;
  /** What the cookie says, whether there is a session or not. */
  #id: string | null = null;
  #unavailable = false;
  #answered = false;

  /** @param surroundings Only asked for when there is something to do. */
  constructor(cookies: Cookies, surroundings: () => Surroundings<Data>) {
    this.#cookies = cookies;
    this.#surroundings = surroundings;
  }

  get data(): Data | null {
    return this.#session?.data ?? null;
  }

  get userId(): string | null {
    return this.#session?.userId ?? null;
  }

  get expiresAt(): Date | null {
    return this.#session?.expiresAt ?? null;
  }

  get unavailable(): boolean {
    return this.#unavailable;
  }

  /** Reads the session of the cookie, and renews both when it is time. */
  async load(cookie: string): Promise<void> {
    const { store, sealing } = this.#surroundings();
    this.#id = await sealing.open(cookie);
    if (this.#id === null) return;
    try {
      this.#session = await store.get(this.#id);
    } catch (error) {
      if (!(error instanceof KeyspaceError)) throw error;
      this.#unavailable = true;
    }
    if (this.#session !== null) await this.#touch(this.#session);
  }

  /** From now on no cookie can be set. */
  close(): void {
    this.#answered = true;
  }

  async set(data: Data): Promise<boolean> {
    const session = await this.#current();
    if (session === null) {
      await this.#begin(null, data);
      return true;
    }
    this.#session = await this.#store.update(session, () => ({ data }));
    return this.#session !== null;
  }

  async update(change: (data: Data) => Data | Promise<Data>): Promise<Data | null> {
    const session = await this.#current();
    if (session === null) return null;
    this.#session = await this.#store.update(session, async (now) => ({ data: await change(now.data) }));
    return this.data;
  }

  async destroy(): Promise<void> {
    if (this.#id !== null) await this.#store.delete(this.#id);
    this.#forget();
  }

  async signOut(): Promise<void> {
    await this.destroy();
  }

  async regenerate(options: { readonly graceSeconds?: number | undefined } = {}): Promise<void> {
    this.#mustBeOpen("regenerate");
    const session = await this.#current();
    if (session === null || this.#isFormer(session)) return;
    const rotated = await this.#store.rotate(session, options);
    this.#session = rotated;
    // Ended meanwhile; or its end came nearer: another request was first, and what becomes of the former id ends with it.
    if (rotated === null || rotated.endsAt?.getTime() !== session.endsAt?.getTime()) return;
    try {
      await this.#setCookie(rotated);
    } catch (error) {
      // The response was generated meanwhile: the former id is all that the visitor has.
      await this.#store.delete(session);
      this.#session = await this.#store.rotate(rotated, { id: session.id });
      throw error;
    }
  }

  async signIn(userId: string, data: Data): Promise<void> {
    if (typeof userId !== "string") throw new TypeError("userId must be a string");
    this.#mustBeOpen("signIn");
    const former = this.#id;
    // Where sessions are counted, the one that is replaced must not cost another device its own.
    const first = former !== null && this.#surroundings().limited && (await this.#current())?.userId === userId;
    if (first) await this.#store.delete(former);
    await this.#begin(userId, data);
    if (former !== null && !first) await this.#store.delete(former);
  }

  async devices(): Promise<Device<Data>[]> {
    const session = await this.#current();
    if (session === null || session.userId === null) return [];
    const own = await this.#handleOf(session);
    const entries = await this.#store.list(session.userId);
    return entries.map((entry) => ({ ...entry, current: entry.handle === own }));
  }

  async revoke(handle: string): Promise<boolean> {
    const session = await this.#current();
    if (session === null || session.userId === null) return false;
    const revoked = await this.#store.revoke(session.userId, handle);
    if (revoked && handle === (await this.#handleOf(session))) this.#forget();
    return revoked;
  }

  async signOutEverywhere({ except }: { readonly except?: "current" | undefined } = {}): Promise<number> {
    if (except !== undefined && except !== "current") throw new TypeError('option "except" must be "current"');
    const session = await this.#current();
    if (session === null || session.userId === null) return 0;
    const ended = await this.#store.deleteAll(session.userId, except === undefined ? {} : { except: session });
    if (except === undefined) this.#forget();
    return ended;
  }

  get #store(): SessionStore<Data> {
    return this.#surroundings().store;
  }

  /** The session. After an outage Redis is asked again: nothing is changed on the ground that it could not say. */
  async #current(): Promise<Session<Data> | null> {
    if (this.#unavailable && this.#id !== null) {
      this.#session = await this.#store.get(this.#id);
      this.#unavailable = false;
    }
    return this.#session;
  }

  async #touch(session: Session<Data>): Promise<void> {
    let expiresAt: Date | null;
    try {
      expiresAt = await this.#store.touch(session);
    } catch (error) {
      // The session was read, and is good for this request. The next one renews it.
      if (error instanceof KeyspaceError) return;
      throw error;
    }
    if (expiresAt?.getTime() === session.expiresAt.getTime()) return;
    this.#session = expiresAt === null ? null : { ...session, expiresAt };
    // An end that came nearer: another request gives the session a new id just now, and the cookie is for it to set.
    if (this.#session !== null && this.#session.expiresAt > session.expiresAt) await this.#setCookie(this.#session);
  }

  async #begin(userId: string | null, data: Data): Promise<void> {
    this.#mustBeOpen(userId === null ? "set" : "signIn");
    const session = await this.#store.create({ userId, data });
    try {
      await this.#setCookie(session);
    } catch (error) {
      // The response was generated meanwhile: nobody would ever have the session.
      await this.#store.delete(session);
      throw error;
    }
    this.#session = session;
    this.#unavailable = false;
  }

  /** Whether the id is one that `regenerate` has replaced: then the record ends with its grace, and before its time. */
  #isFormer({ createdAt, expiresAt, endsAt }: Session<Data>): boolean {
    if (endsAt === null || endsAt.getTime() !== expiresAt.getTime()) return false;
    if (endsAt.getTime() - Date.now() > LONGEST_GRACE_MS) return false;
    const { absoluteTimeoutMs } = this.#surroundings();
    return absoluteTimeoutMs === null || endsAt.getTime() < createdAt.getTime() + absoluteTimeoutMs;
  }

  async #setCookie(session: Session<Data>): Promise<void> {
    const { sealing, cookie } = this.#surroundings();
    const maxAge = Math.ceil((session.expiresAt.getTime() - Date.now()) / 1000);
    const value = await sealing.seal(session.id);
    this.#mustBeOpen("the session");
    setCookie(this.#cookies, cookie, value, maxAge);
    this.#id = session.id;
  }

  #forget(): void {
    this.#session = null;
    this.#id = null;
    this.#unavailable = false;
    const { cookie } = this.#surroundings();
    if (this.#answered || this.#cookies.get(cookie.name) === undefined) return;
    try {
      deleteCookie(this.#cookies, cookie);
    } catch {
      // A hook after `resolve` is too late for it. The cookie of a session that is gone does no harm.
    }
  }

  #mustBeOpen(what: string): void {
    if (!this.#answered) return;
    throw new Error(`${what}: the response has been generated, so the session cookie cannot be set any more`);
  }

  async #handleOf(session: Session<Data>): Promise<string> {
    return this.#surroundings().hashIds ? await sha256(session.id) : session.id;
  }
}
