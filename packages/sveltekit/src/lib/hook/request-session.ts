import type {
  DataOf,
  Session,
  SessionItem,
  SessionRecord,
  SessionStore,
  SessionWatcher,
  UserWatcher,
} from "redis-keyspace";
import { isId, toHashedId } from "redis-keyspace/adapter";
import type { LocalsSession, SignInOptions } from "./locals-session.js";
import type { SessionContext } from "./session-context.js";
import type { VisitorSession } from "./visitor-session.js";

/** The longest that a former id can be read. */
const LONGEST_GRACE_MS = 3_600_000;

/** What an application does with its visitor's session. */
export class RequestSession<Data, Input> implements LocalsSession<Data, Input> {
  readonly #visitor: VisitorSession<Data, Input>;
  readonly #context: () => SessionContext<Data, Input>;

  /** @param context Only asked for when there is something to do. */
  constructor(visitor: VisitorSession<Data, Input>, context: () => SessionContext<Data, Input>) {
    this.#visitor = visitor;
    this.#context = context;
  }

  get data(): Readonly<Data> | null {
    return this.#visitor.session?.data ?? null;
  }

  get userId(): string | null {
    return this.#visitor.session?.userId ?? null;
  }

  get expiresAt(): Date | null {
    return this.#visitor.session?.expiresAt ?? null;
  }

  get unavailable(): boolean {
    return this.#visitor.unavailable;
  }

  async set(data: DataOf<Data, Input>): Promise<boolean> {
    const session = await this.#visitor.current();
    if (session === null) {
      await this.#begin(null, data, this.#context().anonymousIdleTimeoutSeconds);
      return true;
    }
    const changed = await this.#store.update(session, () => ({ data }));
    this.#visitor.changed(changed);
    return changed !== null;
  }

  async update(change: (data: Data) => DataOf<Data, Input> | Promise<DataOf<Data, Input>>): Promise<Data | null> {
    const session = await this.#visitor.current();
    if (session === null) return null;
    const changed = await this.#store.update(session, async (now) => ({ data: await change(now.data) }));
    this.#visitor.changed(changed);
    return changed?.data ?? null;
  }

  async delete(): Promise<void> {
    for (const id of this.#visitor.ids) await this.#store.delete(id);
    this.#visitor.forget();
  }

  async signOut(): Promise<void> {
    await this.delete();
  }

  async rotate(options: { readonly graceSeconds?: number | undefined } = {}): Promise<void> {
    this.#visitor.mustBeOpen("rotate");
    const session = await this.#visitor.current();
    if (session === null || this.#isFormer(session)) return;
    const rotated = await this.#store.rotate(session, options);
    this.#visitor.changed(rotated);
    // Ended meanwhile; or its end came nearer: another request was first, and what becomes of the former id ends with it.
    if (rotated === null || rotated.absoluteExpiresAt?.getTime() !== session.absoluteExpiresAt?.getTime()) return;
    await this.#visitor.rename(session, rotated);
  }

  async signIn(userId: string, data: DataOf<Data, Input>, { idleTimeoutSeconds }: SignInOptions = {}): Promise<void> {
    if (!isId(userId)) throw new TypeError("userId must be a string of 1 to 512 characters");
    this.#visitor.mustBeOpen("signIn");
    const formers = this.#visitor.ids;
    // Where sessions are counted, the one that is replaced must not cost another device its own.
    const current = this.#context().limited ? await this.#visitor.current() : null;
    const replaced = current?.userId === userId ? current : null;
    if (replaced !== null) {
      await this.#context().check(data);
      await this.#store.delete(replaced);
      this.#visitor.changed(null);
    }
    await this.#begin(userId, data, idleTimeoutSeconds);
    for (const id of formers) if (id !== replaced?.id) await this.#store.delete(id);
  }

  async list(): Promise<SessionItem<SessionRecord<Data>>[]> {
    const session = await this.#visitor.current();
    return session === null || session.userId === null
      ? []
      : await this.#store.list(session.userId, { current: session });
  }

  async count(): Promise<number> {
    const session = await this.#visitor.current();
    return session === null || session.userId === null ? 0 : await this.#store.count(session.userId);
  }

  async revoke(handle: string): Promise<boolean> {
    const session = await this.#visitor.current();
    if (session === null || session.userId === null) return false;
    const revoked = await this.#store.revoke(session.userId, handle);
    if (revoked && handle === (await this.#handleOf(session))) this.#visitor.forget();
    return revoked;
  }

  async deleteAll({ except }: { readonly except?: "current" | undefined } = {}): Promise<number> {
    if (except !== undefined && except !== "current") throw new TypeError('option "except" must be "current"');
    const session = await this.#visitor.current();
    if (session === null || session.userId === null) return 0;
    const ended = await this.#store.deleteAll(session.userId, except === undefined ? {} : { except: session });
    if (except === undefined) this.#visitor.forget();
    return ended;
  }

  watch(watcher: SessionWatcher): () => void {
    const { session } = this.#visitor;
    if (session === null) throw new Error("there is no session to watch");
    return this.#store.watch(session, watcher);
  }

  watchUser(watcher: UserWatcher): () => void {
    const { userId } = this;
    if (userId === null) throw new Error("nobody is signed in whose sessions could be watched");
    return this.#store.watchUser(userId, watcher);
  }

  get #store(): SessionStore<Data, Input> {
    return this.#context().store;
  }

  async #begin(
    userId: string | null,
    data: DataOf<Data, Input>,
    idleTimeoutSeconds: number | undefined,
  ): Promise<void> {
    this.#visitor.mustBeOpen(userId === null ? "set" : "signIn");
    await this.#visitor.begin(await this.#store.create({ userId, data, idleTimeoutSeconds }));
  }

  /** Whether the id is one that `rotate` has replaced: then the record ends with its grace, and before its time. */
  #isFormer({ createdAt, expiresAt, absoluteExpiresAt }: Session<Data>): boolean {
    if (absoluteExpiresAt === null || absoluteExpiresAt.getTime() !== expiresAt.getTime()) return false;
    if (absoluteExpiresAt.getTime() - Date.now() > LONGEST_GRACE_MS) return false;
    const { absoluteTimeoutMs } = this.#context();
    return absoluteTimeoutMs === null || absoluteExpiresAt.getTime() < createdAt.getTime() + absoluteTimeoutMs;
  }

  async #handleOf(session: Session<Data>): Promise<string> {
    return this.#context().hashIds ? await toHashedId(session.id) : session.id;
  }
}
