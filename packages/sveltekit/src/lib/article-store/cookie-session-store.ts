import type { SessionEvent, SessionItem, SessionWatcher, UserWatcher } from "redis-keyspace";
import { isHashedId, isId, randomId } from "redis-keyspace/adapter";
import type { Cookies } from "../cookies/cookie-options.js";
import {
  type CookieSessionStoreOptions,
  type CookieSessionStoreParts,
  type KeyOptions,
  openCookieSessionStore,
} from "./cookie-session-store-options.js";
import { answered, failure, invalid, refusal, type SessionFailure, type SessionResult, success } from "./results.js";
import type { StoredSession } from "./stored-session.js";
import { isIds, type StoreHandle, VisitorCookies } from "./visitor-cookies.js";
import { VisitorSessions } from "./visitor-sessions.js";

const badUserId = (): SessionFailure => invalid("The user id cannot be one.");

/**
 * What both session stores do. Every method answers `{ data, error, message, code }` and rejects for no failure of Redis:
 * that is the code `unavailable`, and no cookie is changed then.
 */
export class CookieSessionStore<Data = Record<string, unknown>> {
  readonly #parts: CookieSessionStoreParts<Data>;
  readonly #cookies: VisitorCookies;
  readonly #visitors: VisitorSessions;

  /**
   * A hook of SvelteKit's, to come first: `sequence(store.handle, yours)`. With it cookies wait for the response: one that
   * cannot be changed, the answer of a `fetch`, gets them too, one that shared caches keep is not renewed, and of several
   * cookies of the name every one is tried.
   */
  readonly handle: StoreHandle;

  /** @throws {TypeError} naming the option that is wrong. */
  protected constructor(options: CookieSessionStoreOptions<Data>, keys: KeyOptions) {
    this.#parts = openCookieSessionStore(options, keys);
    this.#cookies = new VisitorCookies(this.#parts.cookie);
    this.#visitors = new VisitorSessions(this.#cookies, this.#parts.records);
    this.handle = ({ event, resolve }) => this.#cookies.handle(event, resolve);
  }

  /**
   * Starts a session of nobody, or of whom `userIdFrom` names, and sets the cookie.
   *
   * @param key The session's id. Default: 32 random characters. Must be as hard to guess.
   * @returns The id and the cookie's value: keep both secret.
   */
  async createNewSession(
    cookies: Cookies,
    data: Data,
    key?: string,
  ): Promise<SessionResult<{ uniqueKey: string; finalKey: string }>> {
    return await this.#create(cookies, data, null, key);
  }

  /**
   * Starts a session of a user, with a new id, and sets the cookie.
   *
   * @param userId Without one the session is nobody's, or whose `userIdFrom` says.
   * @returns The cookie's value: keep it secret.
   */
  async createSession(cookies: Cookies, data: Data, userId?: string | null): Promise<SessionResult<string>> {
    const created = await this.#create(cookies, data, userId ?? null);
    return created.error ? created : success(created.data.finalKey, created.message);
  }

  /** The data of the visitor's session. With `renewSessionBeforeExpire`, also renews it when it is time. */
  async getSession(cookies: Cookies): Promise<SessionResult<Data>> {
    const opened = this.#cookies.ids(cookies);
    const ids = opened instanceof Promise ? await opened : opened;
    if (!isIds(ids)) return ids;
    let found: { readonly id: string; readonly session: StoredSession } | null;
    try {
      found = await this.#visitors.live(ids);
    } catch (error) {
      return refusal(error);
    }
    if (found === null) return failure("expired");
    const { renewBeforeMs, serialized } = this.#parts;
    const { id, session } = found;
    const data = serialized.parse(session.text);
    if (data.error || renewBeforeMs === undefined) return data;
    const renew = (): Promise<"renewed" | "not-due" | "gone"> => this.#parts.records.renew(id, session, renewBeforeMs);
    const later = async () => ((await renew()) === "renewed" ? await this.#cookies.seal(id) : null);
    if (this.#cookies.renewLater(cookies, later)) return data;
    // The data was read: that the renewal failed now, or that it is too late for a cookie, is no reason to refuse it.
    const renewed = await answered(() => this.#visitors.renew(cookies, id, session, renewBeforeMs)).catch(() => data);
    return renewed.code === "expired" ? renewed : data;
  }

  /**
   * Replaces the data of the visitor's session, and renews it. A session that has ended or was signed out stays so.
   *
   * @param data The data, or a function of the data as it is now, which may run several times: then no writer's change is
   *   lost. Default: an empty object.
   * @returns The session's id.
   */
  async updateSession(
    cookies: Cookies,
    data: Data | ((data: Data) => Data) = {} as Data,
  ): Promise<SessionResult<string>> {
    return await this.#visitors.withId(cookies, async (id) => {
      let refused: SessionFailure | undefined;
      const found = await this.#parts.records.update(id, (text) => {
        const written = this.#parts.serialized.change(text, data);
        refused = written.error ? written : undefined;
        return written.error ? undefined : written.data;
      });
      if (refused !== undefined) return refused;
      if (!found) return failure("expired");
      await this.#cookies.setIfOpen(cookies, id);
      return success(id, "The session was updated.");
    });
  }

  /**
   * Renews the visitor's session and cookie.
   *
   * @param skipValidation With `key`, an id that the caller has validated: the cookie is not read.
   * @returns The cookie's value: keep it secret.
   */
  async updateSessionExpiry(cookies: Cookies, skipValidation = false, key = ""): Promise<SessionResult<string>> {
    if (!skipValidation) return await this.#visitors.withId(cookies, (id) => this.#visitors.renew(cookies, id));
    return await answered(() => this.#visitors.renew(cookies, key));
  }

  /** Ends the visitor's session and deletes the cookie. Answers the id. Leaves a cookie that it cannot validate. */
  async delSession(cookies: Cookies): Promise<SessionResult<string>> {
    return await this.deleteSession(cookies);
  }

  /**
   * Ends the visitor's session and deletes the cookie.
   *
   * @param userId Whose it is, if the replaced package created it; those of this store know.
   * @returns The session's id.
   */
  async deleteSession(cookies: Cookies, userId: string | null = null): Promise<SessionResult<string>> {
    return await this.#visitors.withId(cookies, async (id, others) => {
      for (const other of others) await this.#parts.records.delete(other);
      if (!(await this.#parts.records.delete(id, userId))) return failure("expired");
      await this.deleteCookie(cookies);
      return success(id, "The session was deleted.");
    });
  }

  /** Deletes the cookie, whatever it holds, and nothing else. Does nothing once the response has been generated. */
  async deleteCookie(cookies: Cookies): Promise<void> {
    this.#cookies.delete(cookies);
  }

  /** The data of all of a user's sessions, the most recently used first. */
  async getSessionsByUserId(userId: string): Promise<SessionResult<Data[]>> {
    const listed = await this.listSessions(userId);
    if (listed.error) return listed;
    return { ...listed, data: listed.data.map(({ session }) => session) };
  }

  /**
   * "Your devices": all of a user's sessions, each with its data as `session`, the most recently used first. What the
   * serializer cannot read is left out. With `hashIds` the handles, which `revokeSession` takes, cannot sign in; without,
   * they are ids: keep them from pages and logs.
   *
   * @param options `current`: the cookies of the visitor who asks, to mark that session.
   */
  async listSessions(
    userId: string,
    { current }: { readonly current?: Cookies | undefined } = {},
  ): Promise<SessionResult<SessionItem<Data>[]>> {
    return await this.#ofUser(userId, async () => {
      const items = await this.#parts.records.list(userId, await this.#visitors.idIfKnown(current));
      const sessions = items.flatMap((item) => {
        const data = this.#parts.serialized.parse(item.session.text);
        return data.error ? [] : [{ ...item, session: data.data }];
      });
      return success(sessions, `The user has ${sessions.length} sessions.`);
    });
  }

  /** Ends one of a user's sessions by its handle. `expired` if it is not there, or another user's. */
  async revokeSession(userId: string, handle: string): Promise<SessionResult<null>> {
    return await this.#ofUser(userId, async () => {
      const revoked = await this.#parts.records.revoke(userId, handle);
      return revoked ? success(null, "The session was ended.") : failure("expired");
    });
  }

  /**
   * Ends all of a user's sessions.
   *
   * @param options `except`: the cookies of a visitor who stays signed in.
   * @returns The user id.
   */
  async deleteSessionsByUserId(
    userId: string,
    options: { readonly except?: Cookies | undefined } = {},
  ): Promise<SessionResult<string>> {
    return await this.#ofUser(userId, async () => {
      await this.#parts.records.deleteAll(userId, await this.#visitors.idIfKnown(options.except));
      return success(userId, "The user's sessions were deleted.");
    });
  }

  /**
   * Tells when the visitor's session ends, wherever that is done: once, and at once if it is gone already. Answers what ends
   * the watch. Needs the option `stream`.
   */
  async watchSession(cookies: Cookies, watcher: SessionWatcher): Promise<SessionResult<() => void>> {
    return await this.#visitors.withId(cookies, async (id) =>
      success(this.#parts.records.watch(id, watcher), "The session is watched."),
    );
  }

  /** Tells of each of a user's sessions when it ends, until what it answers is called. Needs `stream` too. */
  watchSessionsByUserId(userId: string, watcher: UserWatcher): () => void {
    return this.#parts.records.watchUser(userId, watcher);
  }

  /** Tells which sessions began and were ended, at least once while the stream is up. Needs `stream` too. */
  onEvent(listener: (event: SessionEvent) => void): () => void {
    return this.#parts.records.onEvent(listener);
  }

  /** The id in the visitor's cookie, if this store made the cookie. Whether there is a session is not asked. */
  async _validateCookie(cookies: Cookies): Promise<SessionResult<string>> {
    return await this.#visitors.withId(cookies, async (id) => success(id, "The cookie is valid."));
  }

  /** Who calls without types and means 42 must not be told that the sessions of "42" have ended. */
  async #ofUser<Answer>(userId: string, work: () => Promise<SessionResult<Answer>>): Promise<SessionResult<Answer>> {
    return isId(userId) ? await answered(work) : badUserId();
  }

  async #create(
    cookies: Cookies,
    data: Data,
    userId: string | null,
    key?: string,
  ): Promise<SessionResult<{ uniqueKey: string; finalKey: string }>> {
    return await answered(async () => {
      if (userId !== null && userId !== "" && !isId(userId)) return badUserId();
      const id = key || randomId();
      if (!isId(id) || isHashedId(id)) return invalid("The session key cannot be one.");
      const written = this.#parts.serialized.stringify(data);
      if (written.error) return written;
      // What the replaced package kept under an empty user id, nobody could tell apart.
      const finalKey = await this.#visitors.begin(cookies, id, written.data, userId || null);
      return success({ uniqueKey: id, finalKey }, "The session was created.");
    });
  }
}
