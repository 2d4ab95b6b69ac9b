import { setImmediate } from "node:timers/promises";
import { KeyspaceError } from "redis-keyspace";
import { changedMembers, type RecordModel, type RecordStore, withMembers } from "redis-keyspace/adapter";
import type { Loaded, LoadedSessions } from "./loaded-sessions.js";
import type { RecentSessions, SessionsInFlight } from "./recent-sessions.js";
import type { SessionEnds } from "./session-ends.js";
import { type StoredValues, toJson, type Values } from "./values-model.js";

export interface SessionWriterParts {
  readonly store: RecordStore<StoredValues>;
  readonly model: RecordModel<StoredValues>;
  readonly loaded: LoadedSessions;
  readonly recent: RecentSessions;
  readonly inFlight: SessionsInFlight;
  readonly ends: SessionEnds;
}

/** What has become of a session. `unchanged`: nobody was asked whether it is still there. */
export type Outcome = "stored" | "unchanged" | "gone";

/**
 * What a request writes. The middleware hands every session back, changed or not, and says nothing else: see
 * `docs/decisions/0010-curveball-writes.md`.
 */
export class SessionWriter {
  readonly #store: RecordStore<StoredValues>;
  readonly #model: RecordModel<StoredValues>;
  readonly #loaded: LoadedSessions;
  readonly #recent: RecentSessions;
  readonly #inFlight: SessionsInFlight;
  readonly #ends: SessionEnds;
  readonly #outcomes = new WeakMap<object, Outcome>();

  constructor({ store, model, loaded, recent, inFlight, ends }: SessionWriterParts) {
    this.#store = store;
    this.#model = model;
    this.#loaded = loaded;
    this.#recent = recent;
    this.#inFlight = inFlight;
    this.#ends = ends;
  }

  /** @param deadline When it ends, in epoch milliseconds. */
  async write(id: string, values: Values, deadline: number): Promise<void> {
    this.#outcomes.set(values, await this.#write(id, values, deadline));
  }

  /** How the last `write` of these values ended. */
  outcome(values: object): Outcome | undefined {
    return this.#outcomes.get(values);
  }

  /**
   * Adds a member to a session that was loaded, at once, unless it has one of the name by now.
   *
   * @param deadline When the session ends then, in epoch milliseconds.
   * @returns Its value, as it stands; `undefined` where there is no such session.
   */
  async addOnce(values: Values, name: string, value: string, deadline: number): Promise<unknown> {
    const loaded = this.#loaded.of(values);
    if (loaded === undefined) return undefined;
    const { id, from } = loaded;
    const stored = await this.#store.update(
      id,
      (found) =>
        Object.hasOwn(found.values, name)
          ? undefined
          : this.#ends.dated({ ...found.values, [name]: value }, found, deadline),
      { from },
    );
    if (stored === null) return undefined;
    const member = stored.values[name];
    this.#loaded.add(values, id, stored, { ...this.#loaded.read(loaded).values, [name]: member });
    return member;
  }

  async #write(id: string, values: Values, deadline: number): Promise<Outcome> {
    const loaded = this.#loaded.of(values);
    if (loaded === undefined) return await this.#put(id, values, null, deadline);
    if (loaded.id === id) return await this.#save(loaded, values, deadline);
    if (this.#endedMeanwhile(loaded, values)) return "gone";
    return await this.#put(id, values, this.#loaded.read(loaded), deadline);
  }

  async delete(id: string): Promise<void> {
    const deleted = await this.#store.delete(id);
    // The middleware stores under the new id before anything else happens in this process. So each of several requests
    // that delete the same session finds here what its own `delete` came to.
    if (deleted === null) await setImmediate();
    this.#recent.set(id, deleted === null ? "gone" : "loaded");
  }

  /** Values that were loaded from this id: what changed goes onto what is stored now. */
  async #save(loaded: Loaded, values: Values, deadline: number): Promise<Outcome> {
    const { id, from } = loaded;
    const needsWrite = this.#ends.lacksAbsoluteEnd(from);
    if (!needsWrite && this.#loaded.isSameText(loaded, values)) return await this.#extend(loaded, deadline);
    const after = toJson(values);
    const changed = changedMembers(this.#loaded.read(loaded).values, after);
    if (!needsWrite && changed.length === 0) return await this.#extend(loaded, deadline);
    const stored = await this.#store.update(
      id,
      (found) => this.#ends.dated(withMembers(changed, after, found.values), found, deadline),
      { from },
    );
    if (stored === null) return "gone";
    this.#loaded.add(values, id, stored, after);
    return "stored";
  }

  async #extend(loaded: Loaded, deadline: number): Promise<Outcome> {
    const moved = await this.#ends.extend(loaded, deadline);
    if (moved === null) return "gone";
    return moved ? "stored" : "unchanged";
  }

  /** Values as a whole, under an id that they were not loaded from. */
  async #put(id: string, values: Values, former: StoredValues | null, deadline: number): Promise<Outcome> {
    const json = toJson(values);
    const isNew = this.#recent.get(id) === undefined && !this.#inFlight.has(id);
    const fresh = this.#ends.dated(json, former, deadline);
    const stored =
      isNew && (await this.#create(id, fresh))
        ? fresh
        : await this.#store.update(id, (found) => this.#ends.dated(json, found, deadline));
    if (stored === null) return "gone";
    this.#loaded.add(values, id, stored);
    return "stored";
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
