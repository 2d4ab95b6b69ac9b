import { createRecordStore, isId, type RecordStore, randomId } from "redis-keyspace";
import { type CookieSealing, cookieSealing } from "./cookie-sealing.js";
import { type CookieSettings, type Cookies, cookieSettings, deleteCookie, setCookie } from "./cookies.js";
import { withOptionNames } from "./options.js";
import { answered, failure, invalid, refusal, type SessionFailure, type SessionResult, success } from "./results.js";
import { type KeyNames, type SessionStoreSettings, type Settings, settingsOf } from "./session-store-options.js";
import { hasReservedMember, type StoredSession } from "./stored-session.js";

/** A session of a user, as it is listed. */
export interface ListedSession<Data> {
  /** What `revokeSession` takes. With `hashIds` it cannot sign in; without, it is the id: keep it from pages and logs. */
  readonly handle: string;
  readonly data: Data;
}

const badUserId = (): SessionFailure => invalid("The user id cannot be one.");

/**
 * Sessions by cookie. Every method answers `{ data, error, message, code }` and rejects for no failure of Redis: that is
 * the code `unavailable`, and no cookie is changed then.
 */
export class SessionStore<Data = Record<string, unknown>> {
  readonly #settings: Settings;
  readonly #store: RecordStore<StoredSession>;
  readonly #sealing: CookieSealing;
  readonly #cookie: CookieSettings;

  /**
   * @param optionNames What the options of the record store are called here, where that differs.
   * @throws {TypeError} naming the option that is wrong.
   */
  protected constructor(
    options: SessionStoreSettings<Data>,
    names: KeyNames,
    optionNames: Readonly<Record<string, string>>,
  ) {
    const settings = settingsOf(options, names);
    const { cookieName, cookiesOptions, cookieDefaults, signed, encrypted, recordStore } = settings;
    const { redisClient, secret, legacyCookies } = options;
    this.#settings = settings;
    this.#cookie = cookieSettings(cookieName, "cookiesOptions", cookiesOptions, cookieDefaults);
    this.#sealing = cookieSealing({ secret, signed, encrypted, legacyCookies });
    this.#store = withOptionNames({ client: "redisClient", ...optionNames }, () =>
      createRecordStore(redisClient, recordStore),
    );
  }

  /**
   * Starts a session of nobody, or of whom `userIdFrom` names, and sets the cookie.
   *
   * @param key The session's id. Default: 43 random characters. Must be as hard to guess.
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
    const opened = this.#open(cookies);
    const id = opened instanceof Promise ? await opened : opened;
    if (typeof id !== "string") return id;
    let session: StoredSession | null;
    try {
      session = await this.#store.get(id);
    } catch (error) {
      return refusal(error);
    }
    if (session === null) return failure("expired");
    const data = this.#parse(session.text);
    const { renewBeforeMs } = this.#settings;
    if (data.error || renewBeforeMs === undefined) return data;
    // The data was read: that the renewal failed now, or that it is too late for a cookie, is no reason to refuse it.
    const from = session;
    const renewed = await answered(() => this.#renew(cookies, id, from, renewBeforeMs)).catch(() => data);
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
    return await this.#withId(cookies, async (id) => {
      let refused: SessionFailure | undefined;
      const { record } = this.#settings.recordStore;
      const session = await this.#store.update(id, (found) => {
        refused = undefined;
        const before = typeof data === "function" ? this.#parse(found.text) : undefined;
        if (before?.error) refused = before;
        else {
          const next = before === undefined ? (data as Data) : (data as (data: Data) => Data)(before.data);
          const written = this.#stringify(next);
          if (written.error) refused = written;
          // Whoever it belongs to, new data takes it from nobody.
          else return { text: written.data, userId: record.userId(found), expiresAt: this.#end() };
        }
        return undefined;
      });
      if (refused !== undefined) return refused;
      if (session === null) return failure("expired");
      await this.#setCookie(cookies, id);
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
    if (!skipValidation) return await this.#withId(cookies, (id) => this.#renew(cookies, id));
    return await answered(() => this.#renew(cookies, key));
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
    return await this.#withId(cookies, async (id) => {
      if (isId(userId)) await this.#adopt(id, userId);
      if ((await this.#store.delete(id)) === null) return failure("expired");
      await this.deleteCookie(cookies);
      return success(id, "The session was deleted.");
    });
  }

  /** Deletes the cookie, whatever it holds, and nothing else. Does nothing once the response has been generated. */
  async deleteCookie(cookies: Cookies): Promise<void> {
    try {
      deleteCookie(cookies, this.#cookie);
    } catch {
      // As in the replaced package: where it cannot be deleted any more, a cookie without a session does no harm.
    }
  }

  /** The data of all of a user's sessions, in no promised order. */
  async getSessionsByUserId(userId: string): Promise<SessionResult<Data[]>> {
    const listed = await this.listSessions(userId);
    return listed.error
      ? listed
      : success(
          listed.data.map(({ data }) => data),
          listed.message,
        );
  }

  /** "Your devices": all of a user's sessions, in no promised order. What the serializer cannot read is left out. */
  async listSessions(userId: string): Promise<SessionResult<ListedSession<Data>[]>> {
    return await this.#ofUser(userId, async () => {
      const sessions = (await this.#store.list(userId)).flatMap(({ handle, record }) => {
        const parsed = this.#parse(record.text);
        return parsed.error ? [] : [{ handle, data: parsed.data }];
      });
      return success(sessions, `The user has ${sessions.length} sessions.`);
    });
  }

  /** Ends one of a user's sessions by its handle. `expired` if it is not there, or another user's. */
  async revokeSession(userId: string, handle: string): Promise<SessionResult<null>> {
    return await this.#ofUser(userId, async () => {
      const revoked = (await this.#store.revoke(userId, handle)) !== null || (await this.#revokePeers(userId, handle));
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
      const except = options.except === undefined ? undefined : await this.#open(options.except);
      await this.#store.deleteAll(userId, typeof except === "string" ? { except } : {});
      return success(userId, "The user's sessions were deleted.");
    });
  }

  /** The id in the visitor's cookie, if this store made the cookie. Whether there is a session is not asked. */
  async _validateCookie(cookies: Cookies): Promise<SessionResult<string>> {
    return await this.#withId(cookies, async (id) => success(id, "The cookie is valid."));
  }

  /** Who calls without types and means 42 must not be told that the sessions of "42" have ended. */
  async #ofUser<Answer>(userId: string, work: () => Promise<SessionResult<Answer>>): Promise<SessionResult<Answer>> {
    return isId(userId) ? await answered(work) : badUserId();
  }

  #open(cookies: Cookies): string | SessionFailure | Promise<string | SessionFailure> {
    const cookie = cookies.get(this.#cookie.name);
    if (cookie === undefined || cookie === "") return failure("no-session");
    const known = (id: string | null): string | SessionFailure => (isId(id) ? id : failure("bad-cookie"));
    const id = this.#sealing.open(cookie);
    return id instanceof Promise ? id.then(known) : known(id);
  }

  async #withId<Answer>(
    cookies: Cookies,
    work: (id: string) => Promise<SessionResult<Answer>>,
  ): Promise<SessionResult<Answer>> {
    return await answered(async () => {
      const id = await this.#open(cookies);
      return typeof id === "string" ? await work(id) : id;
    });
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
      if (!isId(id)) return invalid("The session key cannot be one.");
      const written = this.#stringify(data);
      if (written.error) return written;
      // What the published package kept under an empty user id, nobody could tell apart.
      const record = { text: written.data, userId: userId || null, expiresAt: this.#end() };
      await this.#store.create(id, record);
      try {
        return success({ uniqueKey: id, finalKey: await this.#setCookie(cookies, id) }, "The session was created.");
      } catch (error) {
        // The response has been generated: nobody would ever have the session.
        await this.#store.delete(id);
        throw error;
      }
    });
  }

  async #renew(
    cookies: Cookies,
    id: string,
    from?: StoredSession,
    whenLeftMs?: number,
  ): Promise<SessionResult<string>> {
    const end = this.#end();
    const standing = await this.#store.touch(id, end, { from, whenLeftMs });
    if (standing === null) return failure("expired");
    if (whenLeftMs !== undefined && standing.getTime() !== end.getTime()) return success("", "It is not time yet.");
    return success(await this.#setCookie(cookies, id), "The session was renewed.");
  }

  /** A session of the replaced package is only found through its set: then its record learns whose it is. */
  async #adopt(id: string, userId: string): Promise<void> {
    const { record } = this.#settings.recordStore;
    await this.#store.update(
      id,
      (found) => (record.userId(found) === null ? { ...found, userId, expiresAt: this.#end() } : undefined),
      { counted: false },
    );
  }

  async #revokePeers(userId: string, handle: string): Promise<boolean> {
    if (this.#settings.recordStore.peerIndexPrefix === undefined || this.#settings.recordStore.hashIds === true) {
      return false;
    }
    if (!(await this.#store.list(userId)).some((listed) => listed.handle === handle)) return false;
    await this.#adopt(handle, userId);
    return (await this.#store.revoke(userId, handle)) !== null;
  }

  async #setCookie(cookies: Cookies, id: string): Promise<string> {
    const value = await this.#sealing.seal(id);
    setCookie(cookies, this.#cookie, value);
    return value;
  }

  #end(): Date {
    return new Date(Date.now() + this.#settings.lifetimeMs);
  }

  #stringify(data: Data): SessionResult<string> {
    try {
      const text = this.#settings.serializer.stringify(data) as unknown;
      if (typeof text !== "string") return invalid("The session data is nothing that can be stored.");
      return hasReservedMember(text) ? invalid("The session data has a member of a reserved name.") : success(text, "");
    } catch {
      return invalid("The session data cannot be serialized.");
    }
  }

  #parse(text: string): SessionResult<Data> {
    try {
      return success(this.#settings.serializer.parse(text) as Data, "The session was read.");
    } catch {
      return failure("unreadable");
    }
  }
}
