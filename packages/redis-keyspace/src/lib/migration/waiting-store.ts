import { RecordStore } from "../record-store.js";
import type { RecordStoreParts } from "../record-store-parts.js";
import { refusal } from "../refusal.js";
import type { SessionItem } from "../session-item.js";
import type { From, TouchOptions, UpdateOptions } from "../store-options.js";
import { deleteAll } from "./delete-all.js";
import { mergeItems } from "./merge-items.js";
import type { RecordMover } from "./record-mover.js";

/**
 * A store that writes as before while other processes may have begun to move its records: what it does not find where it
 * was it uses where it is now. Records only ever move from there to here, so it looks there first.
 */
export class WaitingStore<Value> extends RecordStore<Value> {
  readonly #parts: RecordStoreParts<Value>;
  readonly #next: RecordStoreParts<Value>;
  readonly #formerStore: RecordStore<Value>;
  readonly #nextStore: RecordStore<Value>;
  readonly #mover: RecordMover<Value>;

  /**
   * @param parts As records were.
   * @param next As they will be.
   * @internal
   */
  constructor(parts: RecordStoreParts<Value>, next: RecordStoreParts<Value>, mover: RecordMover<Value>) {
    super(parts);
    this.#parts = parts;
    this.#next = next;
    this.#formerStore = new RecordStore(parts);
    this.#nextStore = new RecordStore(next);
    this.#mover = mover;
  }

  override async get(id: string): Promise<Value | null> {
    return (await super.get(id)) ?? (await this.#nextStore.get(id));
  }

  override async create(id: string, record: Value): Promise<void> {
    // Before, so that no other session is ended for one that is refused.
    if ((await this.#nextStore.get(id)) !== null) throw refusal("exists");
    await super.create(id, record);
    // Another process may have created it there meanwhile. What is there alone is this one, which has moved.
    if ((await this.#nextStore.get(id)) !== null && (await super.delete(id)) !== null) throw refusal("exists");
  }

  override async update(
    id: string,
    change: (record: Value) => Value | undefined | Promise<Value | undefined>,
    options: UpdateOptions<Value> = {},
  ): Promise<Value | null> {
    return (await super.update(id, change, options)) ?? (await this.#nextStore.update(id, change, options));
  }

  override async touch(id: string, expiresAt: Date | number, options: TouchOptions<Value> = {}): Promise<Date | null> {
    return (await super.touch(id, expiresAt, options)) ?? (await this.#nextStore.touch(id, expiresAt, options));
  }

  override async rotate(id: string, newId: string, graceMs = 0, from: From<Value> = {}): Promise<Value | null> {
    return (await super.rotate(id, newId, graceMs, from)) ?? (await this.#nextStore.rotate(id, newId, graceMs, from));
  }

  override async delete(id: string, from: From<Value> = {}): Promise<Value | null> {
    const former = await super.delete(id, from);
    return (await this.#nextStore.delete(id)) ?? former;
  }

  override async deleteByHandle(handle: string): Promise<Value | null> {
    const former = await super.deleteByHandle(handle);
    return (await this.#nextStore.deleteByHandle(await this.#nextHandle(handle))) ?? former;
  }

  override async revoke(userId: string, handle: string): Promise<Value | null> {
    const former = await super.revoke(userId, handle);
    return (await this.#nextStore.revoke(userId, await this.#nextHandle(handle))) ?? former;
  }

  override async list(
    userId: string,
    options: { readonly current?: string | undefined } = {},
  ): Promise<SessionItem<Value>[]> {
    const stayed = await super.list(userId, options);
    const moved = await this.#nextStore.list(userId, options);
    return this.#parts.records.byLastUse(await mergeItems(stayed, moved, (handle) => this.#nextHandle(handle)));
  }

  override async deleteAll(userId: string, options: { readonly except?: string | undefined } = {}): Promise<number> {
    return await deleteAll(this.#parts, this.#next, userId, options.except);
  }

  override async count(userId: string): Promise<number> {
    return (await super.count(userId)) + (await this.#nextStore.count(userId));
  }

  override async *all(): AsyncIterable<SessionItem<Value>> {
    yield* this.#formerStore.all();
    yield* this.#nextStore.all();
  }

  override async getByHandles(handles: readonly string[]): Promise<SessionItem<Value>[]> {
    const stayed = await super.getByHandles(handles);
    const nextHandles = await Promise.all(handles.map((handle) => this.#nextHandle(handle)));
    return [...stayed, ...(await this.#nextStore.getByHandles(nextHandles))];
  }

  /** What a handle becomes when its session moves. */
  #nextHandle(handle: string): string | Promise<string> {
    return this.#parts.keyspace.isHandle(handle) ? this.#mover.newId(handle) : handle;
  }
}
