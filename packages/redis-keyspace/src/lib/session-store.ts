import { createRecordStore } from "./create-record-store.js";
import type { StoreClient } from "./executions/choose.js";
import { randomId } from "./hash.js";
import type { SharedAnswer } from "./live/near-cache.js";
import type { SessionEvent, SessionWatcher, UserWatcher } from "./live/session-stream.js";
import { formerLayout } from "./migration/former-layout.js";
import { checkNumber } from "./options.js";
import type { RecordStore } from "./record-store.js";
import { toDeadline } from "./records/expiry.js";
import type { StandardSchema } from "./records/schema.js";
import { SessionData, sessionOf } from "./records/session-data.js";
import { type SessionRecord, sessionModel, written } from "./records/session-model.js";
import type { SessionItem } from "./session-item.js";
import { sessionLayout } from "./session-layout.js";
import { checkedSessionOptions, MAX_TIMEOUT_SECONDS } from "./session-options.js";
import {
  type DataOf,
  idOf,
  isSession,
  type NewSession,
  type Session,
  type SessionChange,
  type SessionStore,
  type SessionStoreOptions,
} from "./sessions.js";
import { Timeouts } from "./timeouts.js";
import { turnAfter } from "./turns.js";

/**
 * A session store on a Redis that the caller connects and closes.
 *
 * @param client A node-redis, ioredis or `@upstash/redis` client, a driver, or `{ session, userSessions }` with one for
 *   each model.
 * @throws {TypeError} naming the option that is wrong.
 *
 * @example
 * const store = createSessionStore<{ theme: string }>(createClient(), { idleTimeoutSeconds: 3600 });
 * const session = await store.create({ userId: "u1", data: { theme: "dark" } });
 */
export function createSessionStore<Data, Input = Data>(
  client: StoreClient,
  options: SessionStoreOptions<Data, Input> = {},
): SessionStore<Data, Input> {
  const {
    sessionPrefix = "session:",
    userSessionsPrefix = "user-sessions:",
    idleTimeoutSeconds,
    absoluteTimeoutSeconds,
    touchAfterSeconds,
    schema,
    migratingFrom,
    ...common
  } = checkedSessionOptions(options);
  const records = createRecordStore(client, {
    ...common,
    sessionPrefix,
    userSessionsPrefix,
    record: sessionModel,
    migratingFrom: formerLayout(migratingFrom, sessionLayout, sessionModel),
    accepts: schema === undefined ? undefined : ({ data }) => isAccepted(schema, data),
  });
  const timeouts = new Timeouts({ idleTimeoutSeconds, absoluteTimeoutSeconds, touchAfterSeconds });
  return new TimedSessionStore(records, timeouts, schema);
}

async function isAccepted(schema: StandardSchema<unknown>, data: unknown): Promise<boolean> {
  const { issues } = await schema["~standard"].validate(data);
  return issues === undefined;
}

type Change<Data, Input> = (
  session: Session<Data>,
) => SessionChange<DataOf<Data, Input>> | undefined | Promise<SessionChange<DataOf<Data, Input>> | undefined>;

/** Records of our own model, with timeouts and typed data. */
class TimedSessionStore<Data, Input> implements SessionStore<Data, Input> {
  readonly #records: RecordStore<SessionRecord<unknown>>;
  readonly #timeouts: Timeouts;
  readonly #schema: StandardSchema<unknown, Data> | undefined;
  readonly #data: SessionData<Data>;

  constructor(
    records: RecordStore<SessionRecord<unknown>>,
    timeouts: Timeouts,
    schema: StandardSchema<unknown, Data> | undefined,
  ) {
    this.#records = records;
    this.#timeouts = timeouts;
    this.#schema = schema;
    this.#data = new SessionData(schema);
  }

  get(id: string): Promise<Session<Data> | null> {
    const found: SharedAnswer<SessionRecord<unknown> | null> = this.#records.get(id);
    // What a schema makes is its caller's own.
    if (found.made === undefined || this.#schema !== undefined) {
      return found.then((record) => this.#session(id, record));
    }
    found.made ??= found.then(async (record) => Object.freeze(await this.#session(id, record)));
    return found.made as Promise<Session<Data>>;
  }

  async create({
    userId,
    data,
    idleTimeoutSeconds,
    id = randomId(),
  }: NewSession<DataOf<Data, Input>>): Promise<Session<Data>> {
    if (idleTimeoutSeconds !== undefined) checkNumber("idleTimeoutSeconds", idleTimeoutSeconds, 1, MAX_TIMEOUT_SECONDS);
    const forms = this.#data.toStore(data);
    const { stored, json, parsed } = forms instanceof Promise ? await forms : forms;
    const createdAt = new Date();
    const expiresAt = this.#timeouts.nextExpiry(null, idleTimeoutSeconds);
    const absoluteExpiresAt = this.#timeouts.absoluteExpiry(createdAt);
    const common = { userId, data: parsed, createdAt, expiresAt, absoluteExpiresAt };
    const session = idleTimeoutSeconds === undefined ? common : { ...common, idleTimeoutSeconds };
    await this.#records.create(id, written(session, stored, json));
    return sessionOf(id, this.#data.dated(session));
  }

  async update(target: string | Session<Data>, change: Change<Data, Input>): Promise<Session<Data> | null> {
    const id = idOf(target);
    const from = this.#readAs(target);
    let session: Session<Data> | null = null;
    const record = await this.#records.update(
      id,
      async (found) => {
        const read = this.#session(id, found);
        session = read instanceof Promise ? await read : read;
        const changed = session === null ? undefined : await change(session);
        if (session === null || changed === undefined) return undefined;
        const { userId = found.userId, data } = changed;
        const forms =
          data === undefined ? { stored: found.data, json: undefined, parsed: session.data } : this.#data.toStore(data);
        const { stored, json, parsed } = forms instanceof Promise ? await forms : forms;
        session = sessionOf(id, this.#data.dated({ ...found, userId, data: parsed }));
        return written({ ...found, userId }, stored, json);
      },
      { from },
    );
    return record === null ? null : session;
  }

  async touch(target: string | Session<Data>): Promise<Date | null> {
    if (isSession(target) && this.#timeouts.isFresh(target)) return target.expiresAt;
    const deadline = toDeadline(
      this.#timeouts.nextExpiry(null, isSession(target) ? target.idleTimeoutSeconds : undefined),
    );
    return await this.#records.touch(idOf(target), deadline, { from: this.#readAs(target) });
  }

  async rotate(
    target: string | Session<Data>,
    {
      graceSeconds = 0,
      id = randomId(),
    }: { readonly graceSeconds?: number | undefined; readonly id?: string | undefined } = {},
  ): Promise<Session<Data> | null> {
    checkNumber("graceSeconds", graceSeconds, 0, 3600);
    const options = { from: this.#readAs(target) };
    const record = await this.#records.rotate(idOf(target), id, Math.round(graceSeconds * 1000), options);
    return await this.#session(id, record);
  }

  async delete(target: string | Session<Data>): Promise<Session<Data> | null> {
    return await this.#session(idOf(target), await this.#records.delete(idOf(target), { from: this.#readAs(target) }));
  }

  async revoke(userId: string, handle: string): Promise<boolean> {
    return (await this.#records.revoke(userId, handle)) !== null;
  }

  async list(
    userId: string,
    { current }: { readonly current?: string | Session<Data> | undefined } = {},
  ): Promise<SessionItem<SessionRecord<Data>>[]> {
    const found = await this.#records.list(userId, { current: current === undefined ? undefined : idOf(current) });
    return await this.#items(this.#timeouts.byLastUse(found));
  }

  deleteAll(
    userId: string,
    { except }: { readonly except?: string | Session<Data> | undefined } = {},
  ): Promise<number> {
    return this.#records.deleteAll(userId, { except: except === undefined ? undefined : idOf(except) });
  }

  count(userId: string): Promise<number> {
    return this.#records.count(userId);
  }

  watch(target: string | Session<Data>, watcher: SessionWatcher): () => void {
    return this.#records.watch(idOf(target), watcher, { expiresAt: isSession(target) ? target.expiresAt : undefined });
  }

  watchUser(userId: string, watcher: UserWatcher): () => void {
    return this.#records.watchUser(userId, watcher);
  }

  onEvent(listener: (event: SessionEvent) => void): () => void {
    return this.#records.onEvent(listener);
  }

  async *all(): AsyncIterable<SessionItem<SessionRecord<Data>>> {
    for await (const item of this.#records.all()) yield* await this.#items([item]);
  }

  /** The record that a session was made of: with it the scripts know whose it is, and what should still be there. */
  #readAs(target: string | Session<Data>): SessionRecord<unknown> | undefined {
    return isSession(target) ? this.#data.recordOf(target) : undefined;
  }

  async #items(found: SessionItem<SessionRecord<unknown>>[]): Promise<SessionItem<SessionRecord<Data>>[]> {
    if (this.#schema === undefined) {
      return (found as SessionItem<SessionRecord<Data>>[]).map((item) => {
        const session = this.#data.dated(item.session);
        return session === item.session ? item : { handle: item.handle, session, current: item.current };
      });
    }
    const items: SessionItem<SessionRecord<Data>>[] = [];
    for (const [i, item] of found.entries()) {
      const turn = turnAfter(i);
      if (turn !== undefined) await turn;
      const session = await this.#data.read(item.session);
      if (session !== null) items.push({ ...item, session });
    }
    return items;
  }

  #session(id: string, record: SessionRecord<unknown> | null): Session<Data> | null | Promise<Session<Data> | null> {
    const read = record === null ? null : this.#data.read(record);
    if (read instanceof Promise) return read.then((found) => found && sessionOf(id, found));
    return read && sessionOf(id, read);
  }
}
