import { KeyspaceError, type Session } from "redis-keyspace";
import { type CookieResponse, type EventCookies, ResponseCookie } from "../cookies/response-cookie.js";
import type { CookieValue, OpenedCookie } from "../cookies/session-cookie.js";
import { liveSessions } from "./live-sessions.js";
import type { SessionContext } from "./session-context.js";

/** What a visitor's session needs of a request. */
export interface RequestCookies {
  readonly cookies: EventCookies;
  readonly request: { readonly headers: { get(name: string): string | null } };
  /** Whether it is a request that another one makes of its own server: that one renews the session. */
  readonly isSubRequest: boolean;
}

/** The headers of an answer. */
interface Answer {
  readonly headers: { get(name: string): string | null };
}

/** The session that a visitor's cookies name, and the cookie that the response is to have. */
export class VisitorSession<Data, Input> {
  readonly #event: RequestCookies;
  readonly #context: () => SessionContext<Data, Input>;
  readonly #reply: ResponseCookie;
  #session: Session<Data> | null = null;
  /** What the cookies say, whether there are such sessions or not. The session's is the first. */
  #opened: readonly OpenedCookie[] = [];
  /** The id that the browser still has while another waits for the response; `null`: none that is to be kept. */
  #former: string | null | undefined;
  #unavailable = false;

  /** @param context Only asked for when there is something to do. */
  constructor(event: RequestCookies, context: () => SessionContext<Data, Input>) {
    this.#event = event;
    this.#context = context;
    this.#reply = new ResponseCookie(event.cookies, () => context().cookie);
  }

  /** As it is known. */
  get session(): Session<Data> | null {
    return this.#session;
  }

  /** The ids in all cookies. */
  get ids(): string[] {
    return this.#opened.map(({ id }) => id);
  }

  /** Whether Redis could not say. */
  get unavailable(): boolean {
    return this.#unavailable;
  }

  /** The session. After an outage Redis is asked again: nothing is changed on the ground that it could not say. */
  async current(): Promise<Session<Data> | null> {
    if (this.#unavailable) await this.#read();
    return this.#session;
  }

  /** What has become of it, under the same id. */
  changed(session: Session<Data> | null): void {
    this.#session = session;
  }

  /** Reads it. It is renewed with the response, when it is time. */
  async load(): Promise<void> {
    const header = this.#event.request.headers.get("cookie");
    await this.#loadFrom(this.#context().cookie.valuesOf(this.#event.cookies, header));
    if (!this.#event.isSubRequest) this.#reply.renewWith(() => this.#renewed());
  }

  /** @throws {Error} when the response has been generated. */
  mustBeOpen(what: string): void {
    this.#reply.mustBeOpen(what);
  }

  /** Puts the cookie into the response. From now on none can be set. */
  async deliver<Response extends CookieResponse>(response: Response): Promise<Response> {
    return await this.#reply.deliver(response);
  }

  /** The same where there is no response, but an error or a redirect that was thrown. */
  async abandon(error: unknown): Promise<void> {
    await this.#reply.abandon(error);
  }

  /** The cookie for a request to the same server, where SvelteKit would send another. */
  get pair(): string | undefined {
    const { pair } = this.#reply;
    const [first, second] = this.#opened;
    if (pair !== undefined || second === undefined || first === undefined) return pair;
    return `${this.#context().cookie.name}=${first.value}`;
  }

  /** Takes over what a request to the same server has made of the session. SvelteKit passes the cookie on. */
  async follow({ headers }: Answer): Promise<void> {
    const { cookie } = this.#context();
    const lines = headers.get("set-cookie")?.split(/,\s*/) ?? [];
    if (!lines.some((line) => line.startsWith(`${cookie.name}=`))) return;
    this.#reply.leave();
    await this.#loadFrom(cookie.valuesOf(this.#event.cookies, null));
  }

  /** Has the response carry the cookie of a new session, or ends that again. */
  async begin(session: Session<Data>): Promise<void> {
    this.#former = null;
    await this.#announce(session);
    this.#unavailable = false;
  }

  /** Has the response carry the cookie of the session's new id, or takes the new id back. */
  async rename(former: Session<Data>, rotated: Session<Data>): Promise<void> {
    if (this.#former === undefined) this.#former = former.id;
    await this.#announce(rotated);
  }

  /** There is none any more: deletes the cookie. */
  forget(): void {
    const { cookie } = this.#context();
    const hadCookie = this.#opened.length > 0 || cookie.valuesOf(this.#event.cookies, null).length > 0;
    this.#session = null;
    this.#opened = [];
    this.#former = undefined;
    this.#unavailable = false;
    if (hadCookie) this.#reply.delete();
  }

  async #loadFrom(values: readonly CookieValue[]): Promise<void> {
    this.#session = null;
    this.#former = undefined;
    this.#opened = await this.#context().cookie.openAll(values);
    try {
      await this.#read();
    } catch (error) {
      if (!(error instanceof KeyspaceError)) throw error;
      this.#unavailable = true;
    }
  }

  async #read(): Promise<void> {
    const [first = null] = await liveSessions(this.#context().store, this.ids);
    this.#session = first;
    this.#unavailable = false;
    const own = this.#opened.filter(({ id }) => id === first?.id);
    this.#opened = [...own, ...this.#opened.filter(({ id }) => id !== first?.id)];
  }

  /** The session's cookie after a renewal; `null` where it is not time, or the cookie is for somebody else to set. */
  async #renewed(): Promise<{ value: string; maxAge: number } | null> {
    const session = this.#session;
    if (session === null) return null;
    const expiresAt = await this.#context().store.touch(session);
    // An end that came nearer: another request gives the session a new id just now.
    if (expiresAt === null || expiresAt <= session.expiresAt) return null;
    return await this.#sealed({ ...session, expiresAt });
  }

  async #announce(session: Session<Data>): Promise<void> {
    const former = this.#former ?? null;
    const { store } = this.#context();
    const undo = async (): Promise<void> => {
      if (former === null) await store.delete(session);
      else this.#session = await store.rotate(session, { id: former });
    };
    try {
      const sealed = await this.#sealed(session);
      this.#reply.set({ ...sealed, undo });
      this.#opened = [{ id: session.id, value: sealed.value }];
      this.#session = session;
    } catch (error) {
      // The response was generated meanwhile: nobody would ever have this id.
      await undo();
      throw error;
    }
  }

  async #sealed({ id, expiresAt }: Session<Data>): Promise<{ value: string; maxAge: number }> {
    const maxAge = Math.ceil((expiresAt.getTime() - Date.now()) / 1000);
    return { value: await this.#context().cookie.seal(id), maxAge };
  }
}
