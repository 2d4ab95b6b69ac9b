import type { Cookies } from "../cookies/cookie-options.js";
import { answered, failure, type SessionResult, success } from "./results.js";
import type { SessionRecords } from "./session-records.js";
import type { StoredSession } from "./stored-session.js";
import { isIds, type VisitorCookies } from "./visitor-cookies.js";

interface LiveSession {
  readonly id: string;
  readonly session: StoredSession;
}

/** Which session is a visitor's. */
export class VisitorSessions {
  readonly #cookies: VisitorCookies;
  readonly #records: SessionRecords;

  constructor(cookies: VisitorCookies, records: SessionRecords) {
    this.#cookies = cookies;
    this.#records = records;
  }

  /**
   * Works with the id in the visitor's cookie, or answers why there is none.
   *
   * @param work `others`: the ids in further cookies of the name.
   */
  async withId<Answer>(
    cookies: Cookies,
    work: (id: string, others: readonly string[]) => Promise<SessionResult<Answer>>,
  ): Promise<SessionResult<Answer>> {
    return await answered(async () => {
      const ids = await this.#cookies.ids(cookies);
      if (!isIds(ids)) return ids;
      const [first = ""] = ids;
      const id = ids.length === 1 ? first : ((await this.live(ids))?.id ?? first);
      const others = ids.filter((other) => other !== id);
      return await work(id, others);
    });
  }

  /** The same for a visitor who need not be given, nor have a session. */
  async idIfKnown(cookies: Cookies | undefined): Promise<string | undefined> {
    if (cookies === undefined) return undefined;
    const found = await this.withId(cookies, async (id) => success(id, ""));
    if (found.code === "unavailable") throw found.cause;
    return found.data ?? undefined;
  }

  /** Starts a session and sets its cookie. Answers the cookie's value. */
  async begin(cookies: Cookies, id: string, text: string, userId: string | null): Promise<string> {
    await this.#records.create(id, text, userId);
    const undo = (): Promise<boolean> => this.#records.delete(id);
    try {
      return await this.#cookies.set(cookies, id, undo);
    } catch (error) {
      // The response has been generated: nobody would ever have the session.
      await undo();
      throw error;
    }
  }

  /** Renews a session and its cookie. Answers the cookie's value. */
  async renew(cookies: Cookies, id: string, from?: StoredSession, whenLeftMs?: number): Promise<SessionResult<string>> {
    const renewal = await this.#records.renew(id, from, whenLeftMs);
    if (renewal === "gone") return failure("expired");
    if (renewal === "not-due") return success("", "It is not time yet.");
    return success(await this.#cookies.set(cookies, id), "The session was renewed.");
  }

  /** Which of these sessions lives: of several, one of a user before one of nobody's. */
  async live(ids: readonly string[]): Promise<LiveSession | null> {
    let nobodys: LiveSession | null = null;
    for (const id of ids) {
      const session = await this.#records.get(id);
      if (session === null) continue;
      if (session.userId !== null || ids.length === 1) return { id, session };
      nobodys ??= { id, session };
    }
    return nobodys;
  }
}
