import type { Keyspace } from "../keyspace.js";
import { hasElapsed } from "../records/expiry.js";
import { KeyspaceError } from "../redis/errors.js";
import type { Executor } from "../redis/executor.js";
import type { Entries } from "./entries.js";
import { CHUNK, type StoredRecord } from "./execution.js";
import type { IsSession, Room } from "./room.js";
import type { Confirmation, Entry, UserIndex } from "./user-index.js";

/** What an admission writes, between its two steps in the index. */
export interface Write<Written> {
  readonly record: StoredRecord & { readonly userId: string };
  /** How many sessions the user may have. 0: no limit. */
  readonly max: number;
  write(): Promise<Written>;
  wasWritten(written: Written): boolean;
  /** Takes it back, as far as nobody has changed it since. */
  undo(): Promise<unknown>;
}

export type Refused = { readonly kind: "limit" | "revoked" | "elapsed" };

/** Who else is signed in, where the index looks full. */
interface Others {
  readonly isFull: boolean;
  readonly ghosts: readonly string[];
  readonly uncounted: readonly string[];
  /** Sessions that only the legacy set knows of, which have to end. */
  readonly ofSet: readonly string[];
  /** How many of those in the index may be left. */
  readonly limit: number;
  /** The texts of those in the index that are sessions. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Stores a record for a user, step by step: its entry says that it is under way, the record is written, the entry is
 * confirmed. Until then it takes nobody's place; only the confirmation ends other sessions, so one that fails or comes
 * late ends none.
 */
export class Admission {
  readonly #index: UserIndex;
  readonly #entries: Entries;
  readonly #sessions: Executor;
  readonly #keyspace: Keyspace;
  readonly #room: Room;
  readonly #isSession: IsSession;

  constructor(
    index: UserIndex,
    entries: Entries,
    sessions: Executor,
    keyspace: Keyspace,
    room: Room,
    isSession: IsSession,
  ) {
    this.#index = index;
    this.#entries = entries;
    this.#sessions = sessions;
    this.#keyspace = keyspace;
    this.#room = room;
    this.#isSession = isSession;
  }

  async admit<Written extends { readonly kind: string }>(admitted: Write<Written>): Promise<Written | Refused> {
    const { record, max } = admitted;
    const { userId, storedId, deadline } = record;
    const entry = await this.#entries.enter(userId, record, max);
    if (entry.status === "elapsed") return { kind: "elapsed" };
    if (entry.status === "condemned") {
      await this.#entries.finish(userId, entry.condemned, "revoked");
      return { kind: "revoked" };
    }
    const others = max === 0 ? undefined : await this.#othersOf(userId, storedId, entry, max);
    if (others?.isFull) {
      if (entry.status === "entered") await this.#entries.leaveUnlessOwned(userId, storedId);
      return { kind: "limit" };
    }
    if (this.#keyspace.hasLegacySets) await this.#index.enterSet(userId, storedId, deadline);
    const written = await this.#orTakeBack(admitted, entry, () => admitted.write());
    if (!admitted.wasWritten(written)) {
      if (entry.status === "entered") await this.#entries.leaveUnlessOwned(userId, storedId);
      return written;
    }
    const refused = await this.#orTakeBack(admitted, entry, () => this.#confirm(record, entry, others));
    if (refused === "limit") {
      await admitted.undo();
      await this.#entries.leaveUnlessOwned(userId, storedId);
      return { kind: "limit" };
    }
    return refused === undefined ? written : { kind: refused };
  }

  /** What could not be written keeps nobody's place, and what was written stays only if it could be confirmed. */
  async #orTakeBack<Answer>(
    { record, undo }: Write<unknown>,
    entry: Entry,
    step: () => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await step();
    } catch (error) {
      // A server that does not answer would not answer to this either.
      const silent = error instanceof KeyspaceError && /TIMEOUT|UNAVAILABLE/.test(error.code);
      if (!silent && entry.status === "entered") {
        await undo()
          .then(() => this.#entries.leaveUnlessOwned(record.userId, record.storedId))
          .catch(() => {});
      }
      throw error;
    }
  }

  async #confirm(
    { userId, storedId, deadline }: Write<unknown>["record"],
    entry: Entry,
    others: Others | undefined,
  ): Promise<"limit" | "revoked" | undefined> {
    for (;;) {
      const answer = await this.#index.confirm(userId, storedId, others && this.#confirmation(others));
      if (answer.status === "late") {
        this.#room.learn(answer.redisNow);
        continue;
      }
      if (answer.status === "limit") return "limit";
      if (answer.status !== "confirmed") {
        if (hasElapsed(deadline)) return undefined;
        await this.#entries.finish(userId, [storedId], "revoked");
        return "revoked";
      }
      if (entry.condemned.length > 0) await this.#entries.finish(userId, entry.condemned, "revoked");
      if (answer.condemned.length > 0) await this.#entries.finish(userId, answer.condemned, "replaced");
      for (const other of answer.condemned)
        await this.#entries.endLinked(userId, other, others?.texts.get(other) ?? null);
      if (others !== undefined && others.ofSet.length > 0) {
        await this.#entries.unlink(userId, others.ofSet, "replaced");
        await this.#index.leaveSet(userId, others.ofSet);
      }
      return undefined;
    }
  }

  #confirmation({ limit, ghosts, uncounted }: Others): Confirmation {
    const { whenFull } = this.#room.limit;
    return { limit, whenFull, sendBefore: this.#room.sendBefore(), ghosts, uncounted };
  }

  async #othersOf(userId: string, own: string, { others }: Entry, max: number): Promise<Others> {
    const ofIndex = new Set(others);
    const unlisted = (await this.#index.membersOfSet(userId)).filter((id) => id !== own && !ofIndex.has(id));
    if (others.length + unlisted.length < max) {
      return { isFull: false, ghosts: [], uncounted: [], ofSet: [], limit: max, texts: new Map() };
    }
    const all = [...unlisted, ...others];
    const values = await this.#sessions.getMany(all.map((storedId) => this.#keyspace.record(storedId)));
    const [liveOfSet, ghosts, uncounted]: [string[], string[], string[]] = [[], [], []];
    const texts = new Map<string, string>();
    for (const [i, storedId] of all.entries()) {
      const value = values[i] ?? null;
      if (value === null) ghosts.push(storedId);
      else if (!(await this.#isSession(value, storedId, userId))) uncounted.push(storedId);
      else if (ofIndex.has(storedId)) texts.set(storedId, value);
      else liveOfSet.push(storedId);
    }
    const surplus = Math.max(0, texts.size + liveOfSet.length + 1 - max);
    const ofSet = liveOfSet.slice(0, surplus);
    return {
      isFull: surplus > 0 && this.#room.limit.whenFull === "reject",
      ghosts: ghosts.filter((storedId) => ofIndex.has(storedId)).slice(0, CHUNK),
      uncounted: uncounted.filter((storedId) => ofIndex.has(storedId)).slice(0, CHUNK),
      ofSet,
      limit: max - (liveOfSet.length - ofSet.length),
      texts,
    };
  }
}
