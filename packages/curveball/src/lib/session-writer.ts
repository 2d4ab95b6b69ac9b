import { setImmediate } from "node:timers/promises";
import { KeyspaceError } from "redis-keyspace";
import { changedMembers, type RecordModel, type RecordStore, withMembers } from "redis-keyspace/adapter";
import type { Loaded, LoadedSessions } from "./loaded-sessions.js";
import type { RecentSessions } from "./recent-sessions.js";
import type { SessionEnds } from "./session-ends.js";
import { type StoredValues, toJson, type Values } from "./values-model.js";

export interface SessionWriterParts {
  readonly store: RecordStore<StoredValues>;
  readonly model: RecordModel<StoredValues>;
  readonly loaded: LoadedSessions;
  readonly recent: RecentSessions;
  readonly ends: SessionEnds;
}

/**
 * What a request writes. The middleware hands every session back, changed or not, and says nothing else: see
 * `docs/decisions/0010-curveball-writes.md`.
 */
export class SessionWriter {
  readonly #store: RecordStore<StoredValues>;
  readonly #model: RecordModel<StoredValues>;
  readonly #loaded: LoadedSessions;
  readonly #recent: RecentSessions;
  readonly #ends: SessionEnds;

  constructor({ store, model, loaded, recent, ends }: SessionWriterParts) {
    this.#store = store;
    this.#model = model;
    this.#loaded = loaded;
    this.#recent = recent;
    this.#ends = ends;
  }

  /** @param deadline When it ends, in epoch milliseconds. */
  async write(id: string, values: Values, deadline: number): Promise<void> {
    const loaded = this.#loaded.of(values);
    if (loaded === undefined) await this.#put(id, values, null, deadline);
    else if (loaded.id === id) await this.#save(loaded, values, deadline);
    else if (!this.#endedMeanwhile(loaded, values)) await this.#put(id, values, this.#loaded.read(loaded), deadline);
  }

  async delete(id: string): Promise<void> {
    const deleted = await this.#store.delete(id);
    // The middleware stores under the new id before anything else happens in this process. So each of several requests
    // that delete the same session finds here what its own `delete` came to.
    if (deleted === null) await setImmediate();
    this.#recent.set(id, deleted === null ? "gone" : "loaded");
  }

  /** Values that were loaded from this id: what changed goes onto what is stored now. */
  async #save(loaded: Loaded, values: Values, deadline: number): Promise<void> {
    const { id, from } = loaded;
    const needsWrite = this.#ends.lacksAbsoluteEnd(from);
    if (!needsWrite && this.#loaded.isSameText(loaded, values)) return await this.#ends.extend(loaded, deadline);
    const after = toJson(values);
    const changed = changedMembers(this.#loaded.read(loaded).values, after);
    if (!needsWrite && changed.length === 0) return await this.#ends.extend(loaded, deadline);
    const stored = await this.#store.update(
      id,
      (found) => this.#ends.dated(withMembers(changed, after, found.values), found, deadline),
      { from },
    );
    if (stored !== null) this.#loaded.add(values, id, stored, after);
  }

  /** Values as a whole, under an id that they were not loaded from. */
  async #put(id: string, values: Values, former: StoredValues | null, deadline: number): Promise<void> {
    const json = toJson(values);
    const isNew = this.#recent.get(id) === undefined;
    const fresh = this.#ends.dated(json, former, deadline);
    const stored =
      isNew && (await this.#create(id, fresh))
        ? fresh
        : await this.#store.update(id, (found) => this.#ends.dated(json, found, deadline));
    if (stored !== null) this.#loaded.add(values, id, stored);
  }

  /** `false`: the id is taken. */
  async #create(id: string, record: StoredValues): Promise<boolean> {
    try {
      await this.#store.create(id, record);
      return true;
    } catch (error) {
      if (error instanceof KeyspaceError && error.code === "ERR_SESSION_EXISTS") return false;
      throw error;
    }
  }

  /** Whether values get a new id after somebody else ended their session. A sign-in is no continuation of it. */
  #endedMeanwhile(loaded: Loaded, values: Values): boolean {
    if (this.#recent.get(loaded.id) !== "gone") return false;
    const before = this.#loaded.read(loaded);
    const after = { ...before, values: toJson(values) };
    const userId = this.#model.userId(before);
    if (this.#model.userId(after) !== userId) return false;
    return userId !== null || changedMembers(before.values, after.values).length === 0;
  }
}
