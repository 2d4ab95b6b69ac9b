import { chunks } from "../executions/execution.js";
import { LiveRecords } from "../live-records.js";
import { RecordStore } from "../record-store.js";
import type { RecordStoreParts } from "../record-store-parts.js";
import { isWriteRefused } from "../redis/errors.js";
import type { SessionItem } from "../session-item.js";
import type { From, TouchOptions, UpdateOptions } from "../store-options.js";
import { deleteAll } from "./delete-all.js";
import { mergeItems } from "./merge-items.js";
import type { RecordMover } from "./record-mover.js";

/** How many records of a user move at once. */
const MOVED_AT_ONCE = 100;

type Change<Value> = (record: Value) => Value | undefined | Promise<Value | undefined>;

/**
 * A store whose records were elsewhere before. What it does not find at its new key it moves there first; what is about a
 * user moves all of that user's records first. Records only ever move from there to here, so what is to be ended is looked
 * for there first: then it cannot be missed on its way. Where Redis takes no writes nothing moves, and all is read and ended
 * where it is.
 */
export class MovingStore<Value> extends RecordStore<Value> {
  readonly #parts: RecordStoreParts<Value>;
  readonly #former: RecordStoreParts<Value>;
  readonly #formerStore: RecordStore<Value>;
  readonly #mover: RecordMover<Value>;
  readonly #live: LiveRecords<Value>;

  /** @internal */
  constructor(parts: RecordStoreParts<Value>, former: RecordStoreParts<Value>, mover: RecordMover<Value>) {
    super(parts);
    this.#parts = parts;
    this.#former = former;
    this.#formerStore = new RecordStore(former);
    this.#mover = mover;
    this.#live = new LiveRecords(parts.records, parts.keyspace, parts.connection.sessions);
  }

  override async get(id: string): Promise<Value | null> {
    if (!this.#parts.keyspace.isSessionId(id)) return null;
    const storedId = await this.#parts.keyspace.storedId(id);
    try {
      // By its text: what is there and is no session is not opened twice.
      const text = await this.#orMoved(id, () => this.#live.text(storedId));
      return text === null ? null : await this.#live.in(text, storedId);
    } catch (error) {
      if (!isWriteRefused(error)) throw error;
      return (await this.#formerStore.get(id)) ?? (await super.get(id));
    }
  }

  override async create(id: string, record: Value): Promise<void> {
    await this.#brings(id);
    if (this.#parts.maxSessionsPerUser > 0) await this.#bringAll(this.#parts.records.model.userId(record));
    await super.create(id, record);
  }

  override async update(id: string, change: Change<Value>, options: UpdateOptions<Value> = {}): Promise<Value | null> {
    const counted = options.counted !== false && this.#parts.maxSessionsPerUser > 0;
    const changed: Change<Value> = counted ? (record) => this.#countedChange(record, change) : change;
    return await this.#orMoved(id, (again) => super.update(id, changed, { ...options, ...again }));
  }

  override async touch(id: string, expiresAt: Date | number, options: TouchOptions<Value> = {}): Promise<Date | null> {
    return await this.#orMoved(id, (again) => super.touch(id, expiresAt, { ...options, ...again }));
  }

  override async rotate(id: string, newId: string, graceMs = 0, from: From<Value> = {}): Promise<Value | null> {
    return await this.#orMoved(id, (again) => super.rotate(id, newId, graceMs, { ...from, ...again }));
  }

  override async delete(id: string, from: From<Value> = {}): Promise<Value | null> {
    const former = await this.#formerStore.delete(id);
    return (await super.delete(id, from)) ?? former;
  }

  override async deleteByHandle(handle: string): Promise<Value | null> {
    const former = await this.#formerStore.deleteByHandle(handle);
    return (await super.deleteByHandle(await this.#handleNow(handle))) ?? former;
  }

  override async revoke(userId: string, handle: string): Promise<Value | null> {
    const handleNow = await this.#handleNow(handle);
    const former = await this.#formerStore.revoke(userId, await this.#handleBefore(userId, handle));
    const ended = (await super.revoke(userId, handleNow)) ?? former;
    if (ended !== null) return ended;
    // It may be that of an id whose grace has not ended, which is not listed.
    await this.#bringAll(userId);
    return await super.revoke(userId, handleNow);
  }

  override async list(
    userId: string,
    options: { readonly current?: string | undefined } = {},
  ): Promise<SessionItem<Value>[]> {
    if (await this.#bringsAll(userId)) return await super.list(userId, options);
    const former = await this.#formerStore.list(userId, options);
    const stayed = await Promise.all(
      former.map(async (item) => ({ ...item, handle: await this.#mover.newId(item.handle) })),
    );
    const items = await mergeItems(stayed, await super.list(userId, options), (handle) => handle);
    return this.#parts.records.byLastUse(items);
  }

  override async deleteAll(userId: string, options: { readonly except?: string | undefined } = {}): Promise<number> {
    return await deleteAll(this.#former, this.#parts, userId, options.except);
  }

  override async count(userId: string): Promise<number> {
    if (await this.#bringsAll(userId)) return await super.count(userId);
    return (await this.#formerStore.count(userId)) + (await super.count(userId));
  }

  /** Moves all first: what it hands out is used by its handle, which is another before. */
  override async *all(): AsyncIterable<SessionItem<Value>> {
    for await (const keys of this.#parts.connection.sessions.scan(this.#mover.pattern)) {
      const storedIds = keys.map((key) => this.#mover.storedIdOf(key)).filter((storedId) => storedId !== null);
      for (const some of chunks(storedIds, MOVED_AT_ONCE)) await this.#mover.move(some);
    }
    yield* super.all();
  }

  /** Does it, and where nothing is found, again when the session has moved: without the record that was read before. */
  async #orMoved<Answer>(
    id: string,
    word: (again: { readonly from?: undefined }) => Promise<Answer | null>,
  ): Promise<Answer | null> {
    return (await word({})) ?? ((await this.#brings(id)) ? await word({ from: undefined }) : null);
  }

  async #brings(id: string): Promise<boolean> {
    return this.#parts.keyspace.isSessionId(id) && (await this.#mover.bring(id));
  }

  async #bringAll(userId: string | null): Promise<void> {
    const { keyspace, execution } = this.#former;
    if (!keyspace.isUserId(userId)) return;
    const found = await execution.list(userId);
    const storedIds = found.map(([storedId]) => storedId).filter((storedId) => keyspace.isHandle(storedId));
    for (const some of chunks(storedIds, MOVED_AT_ONCE)) await this.#mover.move(some);
  }

  /** `false` where Redis takes no writes. */
  async #bringsAll(userId: string): Promise<boolean> {
    try {
      await this.#bringAll(userId);
      return true;
    } catch (error) {
      if (isWriteRefused(error)) return false;
      throw error;
    }
  }

  /** A handle that was listed after its session moved, or is to move. */
  async #handleBefore(userId: string, handle: string): Promise<string> {
    if (this.#former.keyspace.isHandle(handle)) return handle;
    for (const { handle: former } of await this.#formerStore.list(userId)) {
      if ((await this.#mover.newId(former)) === handle) return former;
    }
    return handle;
  }

  /** A handle that was listed before its session moved. */
  #handleNow(handle: string): string | Promise<string> {
    const isFormer = !this.#parts.keyspace.isHandle(handle) && this.#former.keyspace.isHandle(handle);
    return isFormer ? this.#mover.newId(handle) : handle;
  }

  /** A record that gets an owner counts among all of that owner's. */
  async #countedChange(record: Value, change: Change<Value>): Promise<Value | undefined> {
    const next = await change(record);
    const { model } = this.#parts.records;
    if (next !== undefined && model.userId(next) !== model.userId(record)) await this.#bringAll(model.userId(next));
    return next;
  }
}
