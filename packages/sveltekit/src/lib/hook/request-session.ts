import {
  type DataOf,
  KeyspaceError,
  type Session,
  type SessionItem,
  type SessionRecord,
  type SessionStore,
} from "redis-keyspace";
import { toHashedId } from "redis-keyspace/adapter";
import type { Cookies } from "../cookies/cookie-options.js";
import type { LocalsSession } from "./locals-session.js";
import type { SessionContext } from "./session-context.js";

/** The longest that a former id can be read. */
const LONGEST_GRACE_MS = 3_600_000;

export class RequestSession<Data, Input> implements LocalsSession<Data, Input> {
  readonly #cookies: Cookies;
  readonly #context: () => SessionContext<Data, Input>;
  #session: Session<Data> | null = null;
  /** What the cookie says, whether there is a session or not. */
  #id: string | null = null;
  #unavailable = false;
  #answered = false;

  /** @param context Only asked for when there is something to do. */
  constructor(cookies: Cookies, context: () => SessionContext<Data, Input>) {
    this.#cookies = cookies;
    this.#context = context;
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
    const context = this.#context();
    this.#id = await context.cookie.open(cookie);
    if (this.#id === null) return;
    try {
      this.#session = await context.store.get(this.#id);
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

  async set(data: DataOf<Data, Input>): Promise<boolean> {
    const session = await this.#current();
    if (session === null) {
      await this.#begin(null, data);
      return true;
    }
    this.#session = await this.#store.update(session, () => ({ data }));
    return this.#session !== null;
  }

  async update(change: (data: Data) => DataOf<Data, Input> | Promise<DataOf<Data, Input>>): Promise<Data | null> {
    const session = await this.#current();
    if (session === null) return null;
    this.#session = await this.#store.update(session, async (now) => ({ data: await change(now.data) }));
    return this.data;
  }

  async delete(): Promise<void> {
    if (this.#id !== null) await this.#store.delete(this.#id);
    this.#forget();
  }

  async signOut(): Promise<void> {
    await this.delete();
  }

  async rotate(options: { readonly graceSeconds?: number | undefined } = {}): Promise<void> {
    this.#mustBeOpen("rotate");
    const session = await this.#current();
    if (session === null || this.#isFormer(session)) return;
    const rotated = await this.#store.rotate(session, options);
    this.#session = rotated;
    // Ended meanwhile; or its end came nearer: another request was first, and what becomes of the former id ends with it.
    if (rotated === null || rotated.absoluteExpiresAt?.getTime() !== session.absoluteExpiresAt?.getTime()) return;
    try {
      await this.#setCookie(rotated);
    } catch (error) {
      // The response was generated meanwhile: the former id is all that the visitor has.
      this.#session = await this.#store.rotate(rotated, { id: session.id });
      throw error;
    }
  }

  async signIn(userId: string, data: DataOf<Data, Input>): Promise<void> {
    if (typeof userId !== "string") throw new TypeError("userId must be a string");
    this.#mustBeOpen("signIn");
    const former = this.#id;
    // Where sessions are counted, the one that is replaced must not cost another device its own.
    const first = former !== null && this.#context().limited && (await this.#current())?.userId === userId;
    if (first) await this.#store.delete(former);
    await this.#begin(userId, data);
    if (former !== null && !first) await this.#store.delete(former);
  }

  async list(): Promise<SessionItem<SessionRecord<Data>>[]> {
    const session = await this.#current();
    return session === null || session.userId === null
      ? []
      : await this.#store.list(session.userId, { current: session });
  }

  async count(): Promise<number> {
    const session = await this.#current();
    return session === null || session.userId === null ? 0 : await this.#store.count(session.userId);
  }

  async revoke(handle: string): Promise<boolean> {
    const session = await this.#current();
    if (session === null || session.userId === null) return false;
    const revoked = await this.#store.revoke(session.userId, handle);
    if (revoked && handle === (await this.#handleOf(session))) this.#forget();
    return revoked;
  }

  async deleteAll({ except }: { readonly except?: "current" | undefined } = {}): Promise<number> {
    if (except !== undefined && except !== "current") throw new TypeError('option "except" must be "current"');
    const session = await this.#current();
    if (session === null || session.userId === null) return 0;
    const ended = await this.#store.deleteAll(session.userId, except === undefined ? {} : { except: session });
    if (except === undefined) this.#forget();
    return ended;
  }

  get #store(): SessionStore<Data, Input> {
    return this.#context().store;
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

  async #begin(userId: string | null, data: DataOf<Data, Input>): Promise<void> {
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

  /** Whether the id is one that `rotate` has replaced: then the record ends with its grace, and before its time. */
  #isFormer({ createdAt, expiresAt, absoluteExpiresAt }: Session<Data>): boolean {
    if (absoluteExpiresAt === null || absoluteExpiresAt.getTime() !== expiresAt.getTime()) return false;
    if (absoluteExpiresAt.getTime() - Date.now() > LONGEST_GRACE_MS) return false;
    const { absoluteTimeoutMs } = this.#context();
    return absoluteTimeoutMs === null || absoluteExpiresAt.getTime() < createdAt.getTime() + absoluteTimeoutMs;
  }

  async #setCookie(session: Session<Data>): Promise<void> {
    const { cookie } = this.#context();
    const maxAge = Math.ceil((session.expiresAt.getTime() - Date.now()) / 1000);
    const value = await cookie.seal(session.id);
    this.#mustBeOpen("the session");
    cookie.set(this.#cookies, value, maxAge);
    this.#id = session.id;
  }

  #forget(): void {
    this.#session = null;
    this.#id = null;
    this.#unavailable = false;
    const { cookie } = this.#context();
    if (this.#answered || cookie.read(this.#cookies) === undefined) return;
    try {
      cookie.delete(this.#cookies);
    } catch {
      // A hook after `resolve` is too late for it. The cookie of a session that is gone does no harm.
    }
  }

  #mustBeOpen(what: string): void {
    if (!this.#answered) return;
    throw new Error(`${what}: the response has been generated, so the session cookie cannot be set any more`);
  }

  async #handleOf(session: Session<Data>): Promise<string> {
    return this.#context().hashIds ? await toHashedId(session.id) : session.id;
  }
}
